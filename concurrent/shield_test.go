package concurrent_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/fanfold/fanfold/concurrent"
)

func TestShield(t *testing.T) {
	bubble(t, "value", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: sec})[0]
		s := concurrent.Shield(f)
		want(t, "state", s.State(), concurrent.Pending)
		for range 2 {
			if v, err := s.Result(t.Context()); v != 1 || err != nil {
				t.Errorf("got %v, %v", v, err)
			}
			s = concurrent.Shield(f) // of what has ended
		}
		want(t, "state", s.State(), concurrent.Done)
	})
	bubble(t, "failures", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{err: errA, d: sec}, job{fate: explode, d: sec}, job{fate: goexit, d: sec})
		for range 2 {
			if _, err := concurrent.Shield(fs[0]).Result(t.Context()); err != errA {
				t.Errorf("got %v", err)
			}
			if pe := caught(t, func() { concurrent.Shield(fs[1]).Result(t.Context()) }); pe == nil || pe.Value != errA {
				t.Errorf("raised %v", pe)
			}
			if err := concurrent.Shield(fs[2]).Err(t.Context()); err != concurrent.ErrGoexit {
				t.Errorf("got %v", err)
			}
		}
	})
	bubble(t, "canceling it does not reach the work", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: sec})[0]
		s, other := concurrent.Shield(f), concurrent.Shield(f)
		if !s.Cancel(errA) || s.State() != concurrent.Canceled || f.State() != concurrent.Running {
			t.Errorf("shield %v, future %v", s.State(), f.State())
		}
		if v, err := other.Result(t.Context()); v != 1 || err != nil {
			t.Errorf("another shield: %v, %v", v, err)
		}
		var ce *concurrent.CanceledError
		if _, err := s.Result(t.Context()); !errors.As(err, &ce) || ce.Cause != errA {
			t.Errorf("got %v", err)
		}
	})
	bubble(t, "canceling the work cancels it", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec})[0]
		s := concurrent.Shield(f)
		f.Cancel(errA)
		if err := s.Err(t.Context()); !errors.Is(err, errA) || s.State() != concurrent.Canceled {
			t.Errorf("%v, %v", err, s.State())
		}
	})
	bubble(t, "Await", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: 3 * sec})[0]
		begin := time.Now()
		if _, err := concurrent.Await(within(t, sec), concurrent.Shield(f)); err != errGaveUp || time.Since(begin) != sec {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
		if v, err := f.Result(t.Context()); v != 1 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
	})
	t.Run("canceled while the future ends", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var s *future
		p.Future().OnDone(func() { s.Cancel(nil) }) // comes before the shield's own
		s = concurrent.Shield(p.Future())
		p.Resolve(1)
		if v, err := s.Result(t.Context()); v != 0 || !errors.Is(err, context.Canceled) || s.State() != concurrent.Canceled {
			t.Errorf("got %v, %v, %v", v, err, s.State())
		}
	})
	t.Run("a canceled shield is not kept", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		shield := weak.Make(concurrent.Shield(p.Future()))
		shield.Value().Cancel(nil)
		for range 1000 {
			if runtime.GC(); shield.Value() == nil {
				return
			}
		}
		t.Error("the future holds on to it")
		p.Resolve(1)
	})
}

// Who fails unseen: the shield if it took the failure over, else the future.
func TestShieldUnseen(t *testing.T) {
	shielded := func(use func(*future)) {
		p := concurrent.NewPromise[int]()
		use(concurrent.Shield(p.Future()))
		p.Reject(errUnseen)
	}
	for name, use := range map[string]func(*future){
		"nobody looked":          func(*future) {},
		"the shield is canceled": func(s *future) { s.Cancel(nil); s.Err(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			failures := hooked(t)
			shielded(use)
			want(t, "reported", collected(t, failures).Err, errUnseen)
		})
	}
	t.Run("somebody looked", func(t *testing.T) {
		failures := hooked(t)
		shielded(func(s *future) { s.Done() })
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		want(t, "reported", collected(t, failures).Err, errMarker)
		runtime.GC()
		want(t, "reported after that", len(failures), 0)
	})
}

// The behaviours of asyncio.shield, and of waiting for one.
func TestConformanceShield(t *testing.T) {
	const prefix = "test_asyncio/test_tasks/"
	bubble(t, prefix+"test_shield_result", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Resolve(42)
		if v, err := outer.Result(t.Context()); v != 42 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
	})
	bubble(t, prefix+"test_shield_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Reject(errA)
		want(t, "error", outer.Err(t.Context()), errA)
	})
	bubble(t, prefix+"test_shield_cancel_inner", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Future().Cancel(nil)
		want(t, "state", outer.State(), concurrent.Canceled)
	})
	bubble(t, prefix+"test_shield_cancel_outer", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		outer.Cancel(nil)
		want(t, "state", outer.State(), concurrent.Canceled)
		want(t, "inner", p.Resolve(1), true)
	})
	bubble(t, prefix+"test_shield_shortcut", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Resolve(42)
		if v, err := concurrent.Shield(p.Future()).Result(t.Context()); v != 42 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
	})
	bubble(t, prefix+"test_shield_effect", func(t *testing.T) {
		waiter := concurrent.NewPromise[int]()
		proof := 0
		inner := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			waiter.Future().Result(ctx)
			proof++
			return 0, nil
		})
		f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) {
			if _, err := concurrent.Await(ctx, concurrent.Shield(inner)); err != nil {
				return 0, err
			}
			proof += 100
			return 0, nil
		})
		synctest.Wait()
		f.Cancel(nil)
		f.Err(t.Context())
		want(t, "state", f.State(), concurrent.Canceled)
		waiter.Resolve(0)
		inner.Err(t.Context())
		want(t, "proof", proof, 1)
	})
	gather := func(fs ...*future) *concurrent.Future[[]int] {
		return concurrent.Go(context.Background(), func(ctx context.Context) ([]int, error) { return concurrent.Gather(ctx, fs...) })
	}
	bubble(t, prefix+"test_shield_gather", func(t *testing.T) {
		a, b := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		parent := gather(a.Future(), b.Future())
		outer := concurrent.Shield(parent)
		synctest.Wait()
		outer.Cancel(nil)
		want(t, "state", outer.State(), concurrent.Canceled)
		a.Resolve(1)
		b.Resolve(2)
		if vs, err := parent.Result(t.Context()); len(vs) != 2 || vs[0] != 1 || vs[1] != 2 || err != nil {
			t.Errorf("got %v, %v", vs, err)
		}
	})
	bubble(t, prefix+"test_gather_shield", func(t *testing.T) {
		a, b := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		inner1, inner2 := concurrent.Shield(a.Future()), concurrent.Shield(b.Future())
		parent := gather(inner1, inner2)
		synctest.Wait()
		parent.Cancel(nil)
		parent.Err(t.Context())
		want(t, "parent", parent.State(), concurrent.Canceled)
		want(t, "inner1", inner1.State(), concurrent.Canceled)
		want(t, "inner2", inner2.State(), concurrent.Canceled)
		want(t, "child1", a.Resolve(1), true)
		want(t, "child2", b.Resolve(2), true)
	})
	const waitFor = "test_asyncio/test_waitfor/"
	bubble(t, waitFor+"test_zero_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		shielded := concurrent.Shield(task)
		_, err := concurrent.Await(endedContext(t), shielded)
		want(t, "error", err, errGaveUp)
		want(t, "task", task.State(), concurrent.Running)
		want(t, "shield", shielded.State(), concurrent.Canceled)
		time.Sleep(2 * sec)
		want(t, "task", task.State(), concurrent.Done)
	})
	bubble(t, waitFor+"test_none_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		if v, err := concurrent.Await(t.Context(), concurrent.Shield(task)); v != 1 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
		want(t, "task", task.State(), concurrent.Done)
	})
	bubble(t, waitFor+"test_shielded_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		_, err := concurrent.Await(within(t, sec/10), concurrent.Shield(task))
		want(t, "error", err, errGaveUp)
		want(t, "task", task.State(), concurrent.Running)
		if v, err := task.Result(t.Context()); v != 1 || err != nil {
			t.Errorf("got %v, %v", v, err)
		}
	})
}
