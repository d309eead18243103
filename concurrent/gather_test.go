package concurrent_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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
			if took := time.Since(begin); took != c.took || running.Load() != 0 {
				t.Errorf("took %v, want %v; %d still run", took, c.took, running.Load())
			}
			if (pe != nil) != c.raised || pe != nil && pe.Value != errA {
				t.Errorf("raised %v", pe)
			}
			if !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) || err != c.err {
				t.Errorf("got %v, %v, want %v, %v", got, err, c.want, c.err)
			}
		})
	}
	bubble(t, "a panic is not that of another who returns the cause", func(t *testing.T) {
		a := concurrent.Go(t.Context(), func(context.Context) (int, error) { time.Sleep(sec); explode(); return 0, nil })
		b := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) })
		if pe := caught(t, func() { concurrent.Gather(t.Context(), a, b) }); pe == nil || b.State() != concurrent.Canceled {
			t.Errorf("raised %v; the other is %v", pe, b.State())
		}
	})
	bubble(t, "goexit", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 9 * sec, late: sec}, job{fate: goexit})
		if !exited(func() { concurrent.Gather(t.Context(), fs...) }) || running.Load() != 0 {
			t.Error("the goroutine went on, or a job did")
		}
	})
	bubble(t, "of two panics the first in time", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 3 * sec, deaf: true, fate: func() { panic("second") }}, job{d: sec, fate: explode})
		if pe := caught(t, func() { concurrent.Gather(t.Context(), fs...) }); pe == nil || pe.Value != errA {
			t.Errorf("raised %v", pe)
		}
	})
	bubble(t, "the cause of the cancellation", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{d: 9 * sec}, job{err: errA})
		concurrent.Gather(t.Context(), fs...)
		if err := fs[0].Err(t.Context()); fs[0].State() != concurrent.Canceled || !errors.Is(err, errA) {
			t.Errorf("%v, %v", fs[0].State(), err)
		}
	})
	bubble(t, "done on entry", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1}, job{d: 9 * sec, late: sec})
		fs[0].Result(t.Context())
		begin := time.Now()
		if got, err := concurrent.Gather(endedContext(t), fs...); got != nil || err != errGaveUp {
			t.Errorf("got %v, %v", got, err)
		}
		if took := time.Since(begin); took != sec || fs[1].State() != concurrent.Canceled {
			t.Errorf("took %v, the other is %v", took, fs[1].State())
		}
		if got, err := concurrent.Gather(endedContext(t), fs[0]); got != nil || err != errGaveUp {
			t.Errorf("of what has ended: got %v, %v", got, err)
		}
	})
	bubble(t, "twice the same, also when it has ended", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1, d: sec})
		for range 2 {
			if got, err := concurrent.Gather(t.Context(), fs[0], fs[0]); !slices.Equal(got, []int{1, 1}) || err != nil {
				t.Errorf("got %v, %v", got, err)
			}
		}
	})
	bubble(t, "failed on entry: the first of the arguments", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{v: 1}, job{err: errA}, job{err: errB}, job{d: 9 * sec})
		time.Sleep(sec)
		if _, err := concurrent.Gather(t.Context(), fs...); err != errA || fs[3].State() != concurrent.Canceled {
			t.Errorf("got %v", err)
		}
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
		if _, err := concurrent.Gather(context.Background(), canceled.Future(), rejected.Future()); !errors.Is(err, stop) {
			t.Fatalf("got %v, want %v", err, stop)
		}
		if _, err := concurrent.Gather(context.Background(), rejected.Future(), canceled.Future()); err != bad {
			t.Fatalf("got %v, want %v", err, bad)
		}
	}
}

// A context that ends when Gather has begun is why the futures were canceled, also
// where they are noticed first.
func TestGatherEndOfContext(t *testing.T) {
	for range 100 {
		canceled, pending := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		end := func() { canceled.Future().Cancel(nil) }
		if _, err := concurrent.Gather(newLateContext(t, end), canceled.Future()); err != errGaveUp {
			t.Fatalf("got %v, want %v", err, errGaveUp)
		}
		if _, err := concurrent.Gather(newLateContext(t, end), canceled.Future(), pending.Future()); err != errGaveUp {
			t.Fatalf("with one that is pending: got %v, want %v", err, errGaveUp)
		}
	}
}

func TestGatherAll(t *testing.T) {
	bubble(t, "values", func(t *testing.T) {
		var running atomic.Int32
		vs, errs := concurrent.GatherAll(t.Context(), start(&running, job{v: 1, d: sec}, job{v: 2})...)
		if !slices.Equal(vs, []int{1, 2}) || errs != nil {
			t.Errorf("got %v, %v", vs, errs)
		}
	})
	bubble(t, "nobody is canceled by a failure", func(t *testing.T) {
		var running atomic.Int32
		vs, errs := concurrent.GatherAll(t.Context(), start(&running, job{v: 1, d: sec}, job{err: errA}, job{fate: explode}, job{fate: goexit}, job{v: 2, d: sec})...)
		if !slices.Equal(vs, []int{1, 0, 0, 0, 2}) || len(errs) != 5 || errs[0] != nil || errs[1] != errA || errs[3] != concurrent.ErrGoexit || errs[4] != nil {
			t.Errorf("got %v, %v", vs, errs)
		}
		if pe, ok := errs[2].(*concurrent.PanicError); !ok || pe.Value != errA {
			t.Errorf("got %v", errs[2])
		}
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
			if vs[0] != 1 || len(errs) != 3 || errs[0] != nil || !errors.Is(errs[1], errGaveUp) || errs[2] != errA || running.Load() != 0 {
				t.Errorf("got %v, %v", vs, errs)
			}
			if took := time.Since(begin); took != sec && !entered || took != 3*sec && entered {
				t.Errorf("took %v", took)
			}
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
			if took := time.Since(begin); took != c.took || running.Load() != 0 {
				t.Errorf("took %v, want %v; %d still run", took, c.took, running.Load())
			}
			if v != c.v || err != c.err || (pe != nil) != c.raised {
				t.Errorf("got %v, %v, raised %v", v, err, pe)
			}
		})
	}
	bubble(t, "done on entry", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec, late: sec})[0]
		if _, err := concurrent.Await(endedContext(t), f); err != errGaveUp || running.Load() != 0 || f.State() != concurrent.Canceled {
			t.Errorf("got %v", err)
		}
		done := start(&running, job{v: 1})[0]
		done.Result(t.Context())
		if v, err := concurrent.Await(endedContext(t), done); v != 0 || err != errGaveUp {
			t.Errorf("of what has ended: %v, %v", v, err)
		}
	})
	bubble(t, "canceled by somebody else", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec})[0]
		time.AfterFunc(sec, func() { f.Cancel(errA) })
		var ce *concurrent.CanceledError
		if _, err := concurrent.Await(within(t, 5*sec), f); !errors.As(err, &ce) || ce.Cause != errA {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "a promise", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		if _, err := concurrent.Await(within(t, sec), p.Future()); err != errGaveUp || p.Resolve(1) {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "goexit", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{fate: goexit})[0]
		if !exited(func() { concurrent.Await(t.Context(), f) }) {
			t.Error("the goroutine went on")
		}
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
