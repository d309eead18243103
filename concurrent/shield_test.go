package concurrent_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

func TestShield(t *testing.T) {
	bubble(t, "value", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: sec})[0]
		s := concurrent.Shield(f)
		assert.Equal(t, concurrent.Pending, s.State(), "state")
		for range 2 {
			v, err := s.Result(t.Context())
			assert.Equal(t, 1, v)
			assert.NoError(t, err)
			s = concurrent.Shield(f) // of what has ended
		}
		assert.Equal(t, concurrent.Done, s.State(), "state")
	})
	bubble(t, "failures", func(t *testing.T) {
		var running atomic.Int32
		fs := start(&running, job{err: errA, d: sec}, job{fate: explode, d: sec}, job{fate: goexit, d: sec})
		for range 2 {
			_, err := concurrent.Shield(fs[0]).Result(t.Context())
			assert.Equal(t, errA, err)
			pe := caught(t, func() { concurrent.Shield(fs[1]).Result(t.Context()) })
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
			assert.Equal(t, concurrent.ErrGoexit, concurrent.Shield(fs[2]).Err(t.Context()))
		}
	})
	bubble(t, "canceling it does not reach the work", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: sec})[0]
		s, other := concurrent.Shield(f), concurrent.Shield(f)
		assert.True(t, s.Cancel(errA))
		assert.Equal(t, concurrent.Canceled, s.State())
		assert.Equal(t, concurrent.Running, f.State())
		v, err := other.Result(t.Context())
		assert.Equal(t, 1, v)
		assert.NoError(t, err)
		var ce *concurrent.CanceledError
		_, err = s.Result(t.Context())
		require.ErrorAs(t, err, &ce)
		assert.Equal(t, errA, ce.Cause)
	})
	bubble(t, "canceling the work cancels it", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{d: 9 * sec})[0]
		s := concurrent.Shield(f)
		f.Cancel(errA)
		assert.ErrorIs(t, s.Err(t.Context()), errA)
		assert.Equal(t, concurrent.Canceled, s.State())
	})
	bubble(t, "Await", func(t *testing.T) {
		var running atomic.Int32
		f := start(&running, job{v: 1, d: 3 * sec})[0]
		begin := time.Now()
		_, err := concurrent.Await(within(t, sec), concurrent.Shield(f))
		assert.Equal(t, errGaveUp, err)
		assert.Equal(t, sec, time.Since(begin))
		v, err := f.Result(t.Context())
		assert.Equal(t, 1, v)
		assert.NoError(t, err)
	})
	t.Run("canceled while the future ends", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var s *future
		p.Future().OnDone(func() { s.Cancel(nil) }) // comes before the shield's own
		s = concurrent.Shield(p.Future())
		p.Resolve(1)
		v, err := s.Result(t.Context())
		assert.Zero(t, v)
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, concurrent.Canceled, s.State())
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
		assert.Fail(t, "the future holds on to it")
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
			assert.Equal(t, errUnseen, collected(t, failures).Err, "reported")
		})
	}
	t.Run("somebody looked", func(t *testing.T) {
		failures := hooked(t)
		shielded(func(s *future) { s.Done() })
		func() { concurrent.NewPromise[int]().Reject(errMarker) }()
		assert.Equal(t, errMarker, collected(t, failures).Err, "reported")
		runtime.GC()
		assert.Empty(t, failures, "reported after that")
	})
}

// The behaviours of asyncio.shield, and of waiting for one.
func TestConformanceShield(t *testing.T) {
	const prefix = "test_asyncio/test_tasks/"
	bubble(t, prefix+"test_shield_result", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Resolve(42)
		v, err := outer.Result(t.Context())
		assert.Equal(t, 42, v)
		assert.NoError(t, err)
	})
	bubble(t, prefix+"test_shield_exception", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Reject(errA)
		assert.Equal(t, errA, outer.Err(t.Context()), "error")
	})
	bubble(t, prefix+"test_shield_cancel_inner", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		p.Future().Cancel(nil)
		assert.Equal(t, concurrent.Canceled, outer.State(), "state")
	})
	bubble(t, prefix+"test_shield_cancel_outer", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		outer := concurrent.Shield(p.Future())
		outer.Cancel(nil)
		assert.Equal(t, concurrent.Canceled, outer.State(), "state")
		assert.True(t, p.Resolve(1), "inner")
	})
	bubble(t, prefix+"test_shield_shortcut", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Resolve(42)
		v, err := concurrent.Shield(p.Future()).Result(t.Context())
		assert.Equal(t, 42, v)
		assert.NoError(t, err)
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
		assert.Equal(t, concurrent.Canceled, f.State(), "state")
		waiter.Resolve(0)
		inner.Err(t.Context())
		assert.Equal(t, 1, proof, "proof")
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
		assert.Equal(t, concurrent.Canceled, outer.State(), "state")
		a.Resolve(1)
		b.Resolve(2)
		vs, err := parent.Result(t.Context())
		assert.Equal(t, []int{1, 2}, vs)
		assert.NoError(t, err)
	})
	bubble(t, prefix+"test_gather_shield", func(t *testing.T) {
		a, b := concurrent.NewPromise[int](), concurrent.NewPromise[int]()
		inner1, inner2 := concurrent.Shield(a.Future()), concurrent.Shield(b.Future())
		parent := gather(inner1, inner2)
		synctest.Wait()
		parent.Cancel(nil)
		parent.Err(t.Context())
		assert.Equal(t, concurrent.Canceled, parent.State(), "parent")
		assert.Equal(t, concurrent.Canceled, inner1.State(), "inner1")
		assert.Equal(t, concurrent.Canceled, inner2.State(), "inner2")
		assert.True(t, a.Resolve(1), "child1")
		assert.True(t, b.Resolve(2), "child2")
	})
	const waitFor = "test_asyncio/test_waitfor/"
	bubble(t, waitFor+"test_zero_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		shielded := concurrent.Shield(task)
		_, err := concurrent.Await(endedContext(t), shielded)
		assert.Equal(t, errGaveUp, err, "error")
		assert.Equal(t, concurrent.Running, task.State(), "task")
		assert.Equal(t, concurrent.Canceled, shielded.State(), "shield")
		time.Sleep(2 * sec)
		assert.Equal(t, concurrent.Done, task.State(), "task")
	})
	bubble(t, waitFor+"test_none_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		v, err := concurrent.Await(t.Context(), concurrent.Shield(task))
		assert.Equal(t, 1, v)
		assert.NoError(t, err)
		assert.Equal(t, concurrent.Done, task.State(), "task")
	})
	bubble(t, waitFor+"test_shielded_timeout", func(t *testing.T) {
		var running atomic.Int32
		task := start(&running, job{v: 1, d: sec})[0]
		_, err := concurrent.Await(within(t, sec/10), concurrent.Shield(task))
		assert.Equal(t, errGaveUp, err, "error")
		assert.Equal(t, concurrent.Running, task.State(), "task")
		v, err := task.Result(t.Context())
		assert.Equal(t, 1, v)
		assert.NoError(t, err)
	})
}
