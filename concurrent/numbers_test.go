package concurrent_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A number of the caller's is one that works, or the panic names it: no allocation of
// that size, no sum that overflows, no loop without a pause.
func TestNumbersOfTheCaller(t *testing.T) {
	task := func(_ context.Context, v int) (int, error) { return v, nil }
	pool := func(t *testing.T, o concurrent.PoolOptions) {
		p := concurrent.NewPool(o)
		defer p.Close()
		for i := range 3 {
			v, err := concurrent.Submit(t.Context(), p, i, task).Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, i, v)
		}
	}
	retry := func(t *testing.T, o concurrent.RetryOptions) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		calls := 0
		o.Rand = func() float64 { return 0 }
		if o.Attempts == 0 {
			o.Attempts = 5
		}
		_, err := concurrent.Retry(ctx, func(context.Context) (int, error) { calls++; return 0, io.EOF }, o)
		require.Error(t, err)
		require.LessOrEqual(t, calls, 200_000, "calls in an hour")
	}
	queue := func(t *testing.T, q *concurrent.Queue[int]) {
		require.NoError(t, q.Put(t.Context(), 1))
		n, err := q.GetMany(t.Context(), make([]int, 3))
		require.NoError(t, err)
		require.Equal(t, 1, n)
	}
	for name, use := range map[string]func(t *testing.T, n int){
		"NewQueue":         func(t *testing.T, n int) { queue(t, concurrent.NewQueue[int](n)) },
		"NewLifoQueue":     func(t *testing.T, n int) { queue(t, concurrent.NewLifoQueue[int](n)) },
		"NewPriorityQueue": func(t *testing.T, n int) { queue(t, concurrent.NewPriorityQueue(n, cmp.Compare[int])) },
		"SetMaxSize": func(t *testing.T, n int) {
			q := concurrent.NewQueue[int](1)
			q.SetMaxSize(n)
			queue(t, q)
		},
		"NewSemaphore": func(_ *testing.T, n int) {
			s := concurrent.NewSemaphore(n)
			s.TryAcquire(1)
			s.Release(1)
		},
		"Semaphore.Acquire": func(t *testing.T, n int) {
			s := concurrent.NewSemaphore(math.MaxInt)
			require.NoError(t, s.Acquire(t.Context(), n))
			s.Release(n)
		},
		"Semaphore.TryAcquire": func(_ *testing.T, n int) { concurrent.NewSemaphore(0).TryAcquire(n) },
		"Semaphore.Release":    func(_ *testing.T, n int) { concurrent.NewSemaphore(0).Release(n) },
		"NewBoundedSemaphore": func(t *testing.T, n int) {
			s := concurrent.NewBoundedSemaphore(n)
			require.True(t, s.TryAcquire(n))
			s.Release(n)
			require.Equal(t, n, s.Value())
		},
		"BoundedSemaphore.Resize": func(t *testing.T, n int) {
			s := concurrent.NewBoundedSemaphore(3)
			require.True(t, s.TryAcquire(2))
			s.Resize(n)
			s.Release(2)
			require.Equal(t, n, s.Value())
		},
		"NewBarrier":       func(_ *testing.T, n int) { concurrent.NewBarrier(n, nil).Reset() },
		"Condition.Notify": func(_ *testing.T, n int) { l := new(concurrent.Lock); l.Lock(); concurrent.NewCondition(l).Notify(n) },
		"WaitGroup.Add": func(t *testing.T, n int) {
			var wg concurrent.WaitGroup
			wg.Add(n)
			wg.Add(-n)
			require.NoError(t, wg.WaitContext(t.Context()))
		},
		"PoolOptions.Workers": func(t *testing.T, n int) { pool(t, concurrent.PoolOptions{Workers: n}) },
		"PoolOptions.Queue":   func(t *testing.T, n int) { pool(t, concurrent.PoolOptions{Queue: n}) },
		"PoolOptions.Idle":    func(t *testing.T, n int) { pool(t, concurrent.PoolOptions{Idle: time.Duration(n)}) },
		"PoolOptions.Policy":  func(t *testing.T, n int) { pool(t, concurrent.PoolOptions{Policy: concurrent.QueuePolicy(n)}) },
		"Pool.Resize": func(t *testing.T, n int) {
			p := concurrent.NewPool()
			defer p.Close()
			p.Resize(n)
			require.NoError(t, concurrent.Submit(t.Context(), p, 1, task).Err(t.Context()))
		},
		"SubmitOptions.Priority": func(t *testing.T, n int) {
			p := concurrent.NewPool()
			defer p.Close()
			require.NoError(t, concurrent.Submit(t.Context(), p, 1, task, concurrent.SubmitOptions{Priority: n}).Err(t.Context()))
		},
		"GroupOptions.Limit": func(t *testing.T, n int) {
			require.NoError(t, concurrent.Group(t.Context(), func(_ context.Context, g *concurrent.TaskGroup) error {
				g.Go(func(context.Context) error { return nil })
				return nil
			}, concurrent.GroupOptions{Limit: n}))
		},
		"GenerateOptions.Buffer": func(_ *testing.T, n int) {
			f := func(_ context.Context, yield func(int) error) error { return yield(1) }
			for v := range concurrent.Generate(context.Background(), f, concurrent.GenerateOptions{Buffer: n}) {
				_ = v
			}
		},
		"RetryOptions.Attempts": func(t *testing.T, n int) { retry(t, concurrent.RetryOptions{Attempts: n}) },
		"RetryOptions.First":    func(t *testing.T, n int) { retry(t, concurrent.RetryOptions{First: time.Duration(n)}) },
		"RetryOptions.First of a long Max": func(t *testing.T, n int) {
			retry(t, concurrent.RetryOptions{First: time.Duration(n), Max: math.MaxInt64, Attempts: 5})
		},
		"RetryOptions.Max":    func(t *testing.T, n int) { retry(t, concurrent.RetryOptions{Max: time.Duration(n)}) },
		"RetryOptions.Factor": func(t *testing.T, n int) { retry(t, concurrent.RetryOptions{Factor: float64(n)}) },
		"RetryOptions.Jitter": func(t *testing.T, n int) { retry(t, concurrent.RetryOptions{Jitter: float64(n)}) },
		"Sleep": func(t *testing.T, n int) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_ = concurrent.Sleep(ctx, time.Duration(n))
		},
		"Staggered": func(t *testing.T, n int) {
			f := func(context.Context) (int, error) { return 0, io.EOF }
			_, err := concurrent.Staggered(t.Context(), time.Duration(n), f, f)
			require.Error(t, err)
		},
		"NewTimer": func(_ *testing.T, n int) {
			timer := concurrent.NewTimer(time.Duration(n), func() {})
			timer.Start()
			timer.Cancel()
		},
		"Every": func(t *testing.T, n int) {
			calls := 0
			ctx, cancel := context.WithCancel(t.Context())
			timer := concurrent.Every(ctx, time.Duration(n), func(context.Context) {
				if calls++; calls == 3 {
					cancel()
				}
			})
			if n == 1 {
				require.NoError(t, timer.Join(context.Background()))
			}
			cancel()
		},
		"Wait": func(t *testing.T, n int) {
			_, _, err := concurrent.Wait[int](t.Context(), concurrent.When(n))
			require.NoError(t, err)
		},
	} {
		for _, n := range []int{0, -1, 1, math.MaxInt, math.MinInt} {
			if name == "RetryOptions.Attempts" && (n == -1 || n == math.MaxInt) {
				continue // without an end
			}
			bubble(t, fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				defer func() {
					v := recover()
					if v == nil {
						return
					}
					text, _ := v.(string)
					assert.Regexp(t, "^concurrent: ", v)
					if name == "RetryOptions.Factor" || name == "RetryOptions.Jitter" || name == "RetryOptions.Max" || name == "Every" {
						return // as a float, or a duration
					}
					if name == "Semaphore.Release" || name == "WaitGroup.Add" {
						return
					}
					assert.Contains(t, text, fmt.Sprint(n), "the panic does not name the number")
				}()
				use(t, n)
			})
		}
	}
}
