package concurrent_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

type future = concurrent.Future[int]

// job is a function that returns v and err after d, or earlier when its context ends,
// late after that with the error of its context, or with end if there is one.
type job struct {
	v    int
	d    time.Duration
	err  error
	late time.Duration
	end  error
	deaf bool // it does not look at its context
	fate func()
}

func (j job) run(ctx context.Context) (int, error) {
	if j.deaf {
		time.Sleep(j.d)
	} else if err := pause(ctx, j.d); err != nil {
		time.Sleep(j.late)
		if j.end != nil {
			err = j.end
		}
		return 0, err
	}
	if j.fate != nil {
		j.fate()
	}
	return j.v, j.err
}

// start starts the jobs, in a bubble; running counts those that have not ended.
func start(running *atomic.Int32, jobs ...job) (fs []*future) {
	for _, j := range jobs {
		running.Add(1)
		fs = append(fs, concurrent.Go(context.Background(), func(ctx context.Context) (int, error) {
			defer running.Add(-1)
			return j.run(ctx)
		}))
	}
	synctest.Wait() // until all have begun
	return fs
}

const sec = time.Second

func TestGather(t *testing.T) {
	cases := []struct {
		name    string
		timeout time.Duration
		jobs    []job
		want    []int
		err     error
		took    time.Duration
		raised  bool
	}{
		{name: "nothing", want: []int{}},
		{name: "in order", jobs: []job{{v: 1, d: 3 * sec}, {v: 2, d: 1 * sec}, {v: 3}}, want: []int{1, 2, 3}, took: 3 * sec},
		{name: "the first failure cancels the others and waits", jobs: []job{{d: 9 * sec, late: sec}, {err: errA, d: 2 * sec}, {err: errB, d: 3 * sec}}, err: errA, took: 3 * sec},
		{name: "first in time, not in place", jobs: []job{{err: errB, d: 3 * sec}, {err: errA, d: 2 * sec}}, err: errA, took: 2 * sec},
		{name: "what the others fail with is lost", jobs: []job{{d: 9 * sec, end: errB}, {err: errA}}, err: errA},
		{name: "deaf", jobs: []job{{d: 9 * sec, deaf: true}, {err: errA}}, err: errA, took: 9 * sec},
		{name: "the context ends", timeout: 5 * sec, jobs: []job{{v: 1}, {d: 9 * sec, late: sec}}, err: context.DeadlineExceeded, took: 6 * sec},
		{name: "all succeed nevertheless", timeout: 5 * sec, jobs: []job{{v: 1}, {v: 2, d: 9 * sec, deaf: true}}, want: []int{1, 2}, took: 9 * sec},
		{name: "a failure at the end of the context", timeout: 5 * sec, jobs: []job{{d: 9 * sec}, {d: 9 * sec, end: errA}, {d: 9 * sec, end: errB}}, err: errA, took: 5 * sec},
		{name: "a failure before the end of the context", timeout: 5 * sec, jobs: []job{{d: 9 * sec, deaf: true, err: errB}, {err: errA, d: sec}}, err: errA, took: 9 * sec},
		{name: "panic", jobs: []job{{d: 9 * sec, late: sec}, {d: sec, fate: explode}}, raised: true, took: 2 * sec},
		{name: "a panic while canceled", jobs: []job{{d: 5 * sec, deaf: true, fate: explode}, {err: errB}}, raised: true, took: 5 * sec},
		{name: "a panic beside a goexit", jobs: []job{{d: 5 * sec, deaf: true, fate: explode}, {fate: goexit}}, raised: true, took: 5 * sec},
		{name: "a panic after a goexit", jobs: []job{{err: errB}, {d: 5 * sec, deaf: true, fate: goexit}, {d: 5 * sec, deaf: true, fate: explode}}, raised: true, took: 5 * sec},
	}
	for _, c := range cases {
		bubble(t, c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.timeout)
				defer cancel()
			}
			var running atomic.Int32
			begin := time.Now()
			fs := start(&running, c.jobs...)
			var got []int
			var err error
			pe := caught(t, func() { got, err = concurrent.Gather(ctx, fs...) })
			assert.Equal(t, c.took, time.Since(begin))
			assert.Zero(t, running.Load())
			assert.Equal(t, c.raised, pe != nil)
			if pe != nil {
				assert.Equal(t, errA, pe.Value)
			}
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.err, err)
		})
	}
	bubble(t, "a panic is not that of another who returns the cause", func(t *testing.T) {
		a := concurrent.Go(t.Context(), func(context.Context) (int, error) { time.Sleep(sec); explode(); return 0, nil })
		b := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) })
		assert.NotNil(t, caught(t, func() { concurrent.Gather(t.Context(), a, b) }))
		assert.Equal(t, concurrent.Canceled, b.State())
	})
	bubble(t, "goexit", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 9 * sec, late: sec}, job{fate: goexit})
		assert.True(t, exited(func() { concurrent.Gather(t.Context(), fs...) }), "the goroutine went on, or a job did")
		assert.Zero(t, running.Load(), "the goroutine went on, or a job did")
	})
	bubble(t, "of two panics the first in time", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 3 * sec, deaf: true, fate: func() { panic("second") }}, job{d: sec, fate: explode})
		pe := caught(t, func() { concurrent.Gather(t.Context(), fs...) })
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
	})
	bubble(t, "the cause of the cancellation", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 9 * sec}, job{err: errA})
		concurrent.Gather(t.Context(), fs...)
		err := fs[0].Err(t.Context())
		assert.Equal(t, concurrent.Canceled, fs[0].State())
		assert.ErrorIs(t, err, errA)
	})
	bubble(t, "done on entry", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1}, job{d: 9 * sec, late: sec})
		fs[0].Result(t.Context())
		begin := time.Now()
		got, err := concurrent.Gather(endedContext(t), fs...)
		assert.Nil(t, got)
		assert.Equal(t, errGaveUp, err)
		assert.Equal(t, sec, time.Since(begin))
		assert.Equal(t, concurrent.Canceled, fs[1].State())
		got, err = concurrent.Gather(endedContext(t), fs[0])
		assert.Nil(t, got)
		assert.Equal(t, errGaveUp, err)
	})
	bubble(t, "twice the same, also when it has ended", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1, d: sec})
		for range 2 {
			got, err := concurrent.Gather(t.Context(), fs[0], fs[0])
			assert.Equal(t, []int{1, 1}, got)
			assert.NoError(t, err)
		}
	})
	bubble(t, "failed on entry: the first of the arguments", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1}, job{err: errA}, job{err: errB}, job{d: 9 * sec})
		time.Sleep(sec)
		_, err := concurrent.Gather(t.Context(), fs...)
		assert.Equal(t, errA, err)
		assert.Equal(t, concurrent.Canceled, fs[3].State())
	})
}

// Of several that have failed before anybody gathers them, the first argument counts,
// however often one tries.
func TestGatherOfEnded(t *testing.T) {
	stop, bad := errors.New("stop"), errors.New("bad")
	canceled, rejected := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
	canceled.Future().Cancel(stop)
	rejected.Reject(bad)
	for range 100 {
		_, err := concurrent.Gather(context.Background(), canceled.Future(), rejected.Future())
		require.ErrorIs(t, err, stop)
		_, err = concurrent.Gather(context.Background(), rejected.Future(), canceled.Future())
		require.Equal(t, bad, err)
	}
}

// A context that ends when Gather has begun is why the futures were canceled, also
// where they are noticed first.
func TestGatherEndOfContext(t *testing.T) {
	for range 100 {
		canceled, pending := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		end := func() { canceled.Future().Cancel(nil) }
		_, err := concurrent.Gather(newLateContext(t, end), canceled.Future())
		require.Equal(t, errGaveUp, err)
		_, err = concurrent.Gather(newLateContext(t, end), canceled.Future(), pending.Future())
		require.Equal(t, errGaveUp, err, "with one that is pending")
	}
}

func TestGatherAll(t *testing.T) {
	bubble(t, "values", func(t *testing.T) {
		var running atomic.Int32
		vs, errs := concurrent.GatherAll(t.Context(), start(&running, job{v: 1, d: sec}, job{v: 2})...)
		assert.Equal(t, []int{1, 2}, vs)
		assert.Nil(t, errs)
	})
	bubble(t, "nobody is canceled by a failure", func(t *testing.T) {
		var running atomic.Int32
		vs, errs := concurrent.GatherAll(t.Context(), start(&running, job{v: 1, d: sec}, job{err: errA}, job{fate: explode}, job{fate: goexit}, job{v: 2, d: sec})...)
		assert.Equal(t, []int{1, 0, 0, 0, 2}, vs)
		require.Len(t, errs, 5)
		assert.NoError(t, errs[0])
		assert.Equal(t, errA, errs[1])
		assert.Equal(t, concurrent.ErrGoexit, errs[3])
		assert.NoError(t, errs[4])
		pe, ok := errs[2].(*concurrent.PanicError)
		require.True(t, ok)
		assert.Equal(t, errA, pe.Value)
	})
	for name, entered := range map[string]bool{"the context ends": true, "done on entry": false} {
		bubble(t, name, func(t *testing.T) {
			ctx := endedContext(t)
			if entered {
				ctx = within(t, 2*sec)
			}
			var running atomic.Int32
			begin := time.Now()
			fs := start(&running, job{v: 1}, job{d: 9 * sec, late: sec}, job{d: 9 * sec, end: errA})
			fs[0].Result(t.Context())
			vs, errs := concurrent.GatherAll(ctx, fs...)
			assert.Equal(t, 1, vs[0])
			require.Len(t, errs, 3)
			assert.NoError(t, errs[0])
			assert.ErrorIs(t, errs[1], errGaveUp)
			assert.Equal(t, errA, errs[2])
			assert.Zero(t, running.Load())
			took := sec
			if entered {
				took = 3 * sec
			}
			assert.Equal(t, took, time.Since(begin), "took")
		})
	}
}

func TestWaitFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		job    job
		v      int
		err    error
		took   time.Duration
		raised bool
	}{
		{name: "in time", job: job{v: 1, d: sec}, v: 1, took: sec},
		{name: "fails in time", job: job{err: errA, d: sec}, err: errA, took: sec},
		{name: "too late", job: job{d: 9 * sec, late: sec}, err: errGaveUp, took: 6 * sec},
		{name: "succeeds nevertheless", job: job{v: 1, d: 9 * sec, deaf: true}, v: 1, took: 9 * sec},
		{name: "fails nevertheless", job: job{d: 9 * sec, end: errA}, err: errA, took: 5 * sec},
		{name: "panics", job: job{d: sec, fate: explode}, raised: true, took: sec},
		{name: "panics too late", job: job{d: 9 * sec, deaf: true, fate: explode}, raised: true, took: 9 * sec},
	} {
		bubble(t, c.name, func(t *testing.T) {
			var running atomic.Int32
			begin := time.Now()
			f := start(&running, c.job)[0]
			var v int
			var err error
			pe := caught(t, func() { v, err = concurrent.Await(within(t, 5*sec), f) })
			assert.Equal(t, c.took, time.Since(begin))
			assert.Zero(t, running.Load())
			assert.Equal(t, c.v, v)
			assert.Equal(t, c.err, err)
			assert.Equal(t, c.raised, pe != nil)
		})
	}
	bubble(t, "done on entry", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec, late: sec})[0]
		_, err := concurrent.Await(endedContext(t), f)
		assert.Equal(t, errGaveUp, err)
		assert.Zero(t, running.Load())
		assert.Equal(t, concurrent.Canceled, f.State())
		done := start(&running, job{v: 1})[0]
		done.Result(t.Context())
		v, err := concurrent.Await(endedContext(t), done)
		assert.Zero(t, v)
		assert.Equal(t, errGaveUp, err)
	})
	bubble(t, "canceled by somebody else", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec})[0]
		time.AfterFunc(sec, func() { f.Cancel(errA) })
		var ce *concurrent.CanceledError
		_, err := concurrent.Await(within(t, 5*sec), f)
		require.ErrorAs(t, err, &ce)
		assert.Equal(t, errA, ce.Cause)
	})
	bubble(t, "a promise", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		_, err := concurrent.Await(within(t, sec), p.Future())
		assert.Equal(t, errGaveUp, err)
		assert.False(t, p.Resolve(1))
	})
	bubble(t, "goexit", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{fate: goexit})[0]
		assert.True(t, exited(func() { concurrent.Await(t.Context(), f) }), "the goroutine went on")
	})
}

func TestGatherMisuse(t *testing.T) {
	ctx := context.Background()
	mustPanic(t, map[string]func(){
		"Gather of a nil future":    func() { concurrent.Gather[int](ctx, nil) },
		"GatherAll of a nil future": func() { concurrent.GatherAll[int](ctx, nil) },
		"Await of a nil future":     func() { concurrent.Await[int](ctx, nil) },
		"Shield of a nil future":    func() { concurrent.Shield[int](nil) },
	})
}
