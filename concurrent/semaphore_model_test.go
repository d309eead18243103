package concurrent_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// A semaphoreModel is a bounded semaphore that cannot go wrong: out of bound
// permits, so many are out, and some wait.
type semaphoreModel struct {
	bound, out int
	queue      []*modelWaiter
}

type modelWaiter struct {
	n       int
	cancel  context.CancelFunc
	outcome chan error // of the real semaphore
	refused bool
}

// advance returns who is granted or refused now.
func (m *semaphoreModel) advance() (served []*modelWaiter) {
	m.queue = slices.DeleteFunc(m.queue, func(w *modelWaiter) bool {
		if w.refused = w.n > m.bound; w.refused {
			served = append(served, w)
		}
		return w.refused
	})
	for len(m.queue) > 0 && m.out+m.queue[0].n <= m.bound {
		m.out += m.queue[0].n
		served = append(served, m.queue[0])
		m.queue = m.queue[1:]
	}
	return served
}

// Random operations, each of which must have the effects that the model says and
// no others.
func TestBoundedSemaphoreModel(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			m := &semaphoreModel{bound: 5}
			b := concurrent.NewBoundedSemaphore(m.bound)
			for step := range 200 {
				switch op := random.IntN(10); {
				case op < 4:
					w := &modelWaiter{n: 1 + random.IntN(4), outcome: make(chan error, 1)}
					ctx, cancel := context.WithCancel(t.Context())
					w.cancel = cancel
					m.queue = append(m.queue, w)
					go func() { w.outcome <- b.Acquire(ctx, w.n) }()
				case op < 5:
					n := random.IntN(4)
					ok := n == 0 || len(m.queue) == 0 && m.out+n <= m.bound
					if ok {
						m.out += n
					}
					assert.Equal(t, ok, b.TryAcquire(n), "try")
				case op < 8:
					n := random.IntN(m.out + 1)
					m.out -= n
					b.Release(n)
				case op < 9 && len(m.queue) > 0:
					i := random.IntN(len(m.queue))
					w := m.queue[i]
					m.queue = slices.Delete(m.queue, i, i+1)
					w.cancel()
					assert.Equal(t, context.Canceled, <-w.outcome, "gave up")
				default:
					m.bound = random.IntN(8)
					b.Resize(m.bound)
				}
				synctest.Wait()
				for _, w := range m.advance() {
					select {
					case err := <-w.outcome:
						be, refused := errors.AsType[*concurrent.BoundError](err)
						assert.Equal(t, w.refused, refused, "refused")
						assert.Equal(t, refused, err != nil, "failed")
						if refused {
							assert.Equal(t, m.bound, be.Bound, "bound")
							assert.Equal(t, w.n, be.Wanted, "wanted")
						}
					default:
						assert.Failf(t, "one is not served", "who wants %d", w.n)
					}
					w.cancel()
				}
				for _, w := range m.queue {
					select {
					case err := <-w.outcome:
						assert.Failf(t, "one is served out of turn", "who wants %d: %v", w.n, err)
					default:
					}
				}
				assert.Equal(t, max(0, m.bound-m.out), b.Value(), "value")
				require.False(t, t.Failed(), "seed %d, step %d", seed, step)
			}
			for _, w := range slices.Backward(m.queue) { // nobody is behind who might get in
				w.cancel()
				assert.Equal(t, context.Canceled, <-w.outcome, "gave up")
			}
			b.Release(m.out)
			assert.Equal(t, m.bound, b.Value(), "value in the end")
		})
	}
}

// Acquirers of all sizes that give up at any moment, while the bound changes: what
// was acquired is released, the bound holds, and all permits are there in the end.
func TestSemaphoreStorm(t *testing.T) {
	t.Run("Semaphore", func(t *testing.T) {
		s := concurrent.NewSemaphore(5)
		storm(t, s, 5)
		assert.Equal(t, 5, s.Value(), "value in the end")
	})
	t.Run("BoundedSemaphore", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(5)
		storm(t, b, 5)
		assert.Equal(t, 5, b.Value(), "value in the end")
	})
	t.Run("resized", func(t *testing.T) {
		b := concurrent.NewBoundedSemaphore(7)
		stop, stopped := make(chan bool), make(chan bool)
		go func() {
			defer close(stopped)
			for n := 5; ; n = 5 + (n+1)%4 {
				b.Resize(n)
				runtime.Gosched()
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		storm(t, b, 8)
		close(stop)
		<-stopped
		assert.Equal(t, b.Bound(), b.Value(), "value in the end")
	})
}

func storm(t *testing.T, s semaphore, bound int64) {
	var out, acquired, crowds atomic.Int64
	var wg concurrent.WaitGroup
	for id := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(id), 2))
			for range 2000 {
				n := 1 + random.IntN(5)
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(2) == 0 {
					go cancel()
				}
				var ok bool
				if random.IntN(4) == 0 {
					ok = s.TryAcquire(n)
				} else {
					ok = s.Acquire(ctx, n) == nil
				}
				cancel()
				if !ok {
					continue
				}
				acquired.Add(1)
				if out.Add(int64(n)) > bound {
					crowds.Add(1)
				}
				if random.IntN(2) == 0 {
					runtime.Gosched()
				}
				out.Add(-int64(n))
				part := random.IntN(n + 1)
				s.Release(part)
				s.Release(n - part)
			}
		})
	}
	wg.Wait()
	assert.NotZero(t, acquired.Load(), "acquired")
	assert.Zero(t, crowds.Load(), "how often more permits were out than there are")
}
