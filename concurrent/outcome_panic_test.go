package concurrent_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// explodeExiting panics in a deferred function while its goroutine ends by Goexit.
func explodeExiting() {
	defer explode()
	goexit()
}

// An error that tells of a panic or a Goexit, of another process for example, is
// returned like any other, and is not raised.
func TestErrorOfPanic(t *testing.T) {
	ctx := t.Context()
	for _, err := range []error{&concurrent.PanicError{Value: errA, Stack: []byte("elsewhere")}, concurrent.ErrGoexit} {
		f := func(context.Context) (int, error) { return 0, err }
		fail := func(context.Context) error { return err }
		for name, call := range map[string]func() error{
			"Go": func() error { _, err := concurrent.Go(ctx, f).Result(ctx); return err },
			"Reject": func() error {
				p := concurrent.NewPromise[int]()
				p.Reject(err)
				_, err := p.Future().Result(ctx)
				return err
			},
			"Then": func() error {
				one := concurrent.Go(ctx, f)
				_, err := concurrent.Then(ctx, one, func(_ context.Context, n int) (int, error) { return n, nil }).Result(ctx)
				return err
			},
			"Shield": func() error { _, err := concurrent.Shield(concurrent.Go(ctx, f)).Result(ctx); return err },
			"Await":  func() error { _, err := concurrent.Await(ctx, concurrent.Go(ctx, f)); return err },
			"Gather": func() error {
				_, err := concurrent.Gather(ctx, concurrent.Go(ctx, f), concurrent.Go(ctx, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					return 0, context.Cause(ctx)
				}))
				return err
			},
			"Group": func() error {
				return concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error { g.Go(fail); return nil },
					concurrent.GroupOptions{OnPanic: func(*concurrent.PanicError) { assert.Fail(t, "OnPanic of an error") }})
			},
			"Spawn": func() error {
				return concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error { concurrent.Spawn(g, f); return nil })
			},
			"Staggered": func() error { _, err := concurrent.Staggered(ctx, 0, f); return err },
			"Scope": func() error {
				return concurrent.Scoped(ctx, func(ctx context.Context, _ *concurrent.Scope) error { return fail(ctx) })
			},
			"Generate": func() (err error) {
				for _, err = range concurrent.Generate(ctx, func(ctx context.Context, _ func(int) error) error { return fail(ctx) }) {
				}
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				var got error
				require.NotPanics(t, func() { got = call() })
				assert.Equal(t, err, got)
			})
		}
	}
}

// A panic while a function ends by Goexit arrives as any other does, and leaves nobody
// waiting for the function.
func TestPanicWhileExiting(t *testing.T) {
	ctx := t.Context()
	f := func(context.Context) (int, error) { explodeExiting(); return 0, nil }
	fail := func(context.Context) error { explodeExiting(); return nil }
	work := func(ctx context.Context, _ int) (int, error) { return f(ctx) }
	pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
	defer pool.Close()
	for name, call := range map[string]func(){
		"Go":     func() { concurrent.Go(ctx, f).Result(ctx) },
		"Submit": func() { concurrent.Submit(ctx, pool, 1, work).Result(ctx) },
		"On":     func() { concurrent.On(pool, work)(ctx, 1) },
		"Then": func() {
			one := concurrent.Go(ctx, func(context.Context) (int, error) { return 1, nil })
			concurrent.Then(ctx, one, work).Result(ctx)
		},
		"Task": func() {
			task := concurrent.NewTask(f)
			task.Start(ctx)
			task.Join(ctx)
		},
		"Group of a task": func() {
			concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error { g.Go(fail); return nil })
		},
		"Group of a future": func() {
			concurrent.Group(ctx, func(_ context.Context, g *concurrent.TaskGroup) error { concurrent.Spawn(g, f); return nil })
		},
		"Group body": func() {
			concurrent.Group(ctx, func(ctx context.Context, _ *concurrent.TaskGroup) error { return fail(ctx) })
		},
		"Race": func() { concurrent.Staggered(ctx, 0, f) },
		"Scope": func() {
			concurrent.Scoped(ctx, func(ctx context.Context, _ *concurrent.Scope) error { return fail(ctx) })
		},
		"Generate": func() {
			for range concurrent.Generate(ctx, func(ctx context.Context, _ func(int) error) error { return fail(ctx) }) {
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan any)
			go func() {
				defer func() { got <- recover() }()
				call()
			}()
			pe, _ := (<-got).(*concurrent.PanicError)
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
		})
	}
	t.Run("Scope goes on", func(t *testing.T) {
		var j journal
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { recover() }()
			var s concurrent.Scope
			s.Defer(j.release("1", nil))
			s.Defer(fail)
			s.Close(ctx)
		}()
		<-done
		j.want(t, "1")
	})
	t.Run("OnDone", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		var called atomic.Bool
		p.Future().OnDone(explodeExiting)
		p.Future().OnDone(func() { called.Store(true) })
		assert.True(t, exited(func() { p.Resolve(1) }), "the second function was not called")
		assert.True(t, called.Load(), "the second function was not called")
	})
	t.Run("Pool.Go", func(t *testing.T) {
		failures := make(chan concurrent.Failure, 10)
		old := concurrent.SetFailureHook(nil)
		concurrent.SetFailureHook(func(f concurrent.Failure) {
			if errors.Is(f.Err, errA) && strings.HasSuffix(f.Name, ".explodeExiting") {
				failures <- f
				return
			}
			old(f)
		})
		defer func() { concurrent.SetFailureHook(old) }()
		p := concurrent.NewPool(concurrent.PoolOptions{Workers: 1, Queue: 10})
		for range 3 { // each takes its worker along, and is replaced
			p.Go(ctx, explodeExiting)
		}
		one := concurrent.Submit(ctx, p, 1, func(_ context.Context, n int) (int, error) { return n, nil })
		n, err := one.Result(ctx)
		assert.Equal(t, 1, n)
		assert.NoError(t, err)
		for range 3 {
			f := <-failures
			assert.IsType(t, &concurrent.PanicError{}, f.Err)
		}
		p.Shutdown(context.Background())
		s := balanced(t, p)
		assert.Equal(t, int64(4), s.Done)
		assert.Equal(t, int64(3), s.Failed)
		assert.Zero(t, s.Workers)
		assert.Zero(t, s.Running)
	})
	t.Run("Finalizer", func(t *testing.T) {
		old := concurrent.SetFailureHook(func(concurrent.Failure) {})
		defer func() { concurrent.SetFailureHook(old) }()
		p := concurrent.NewPool(concurrent.PoolOptions{Finalizer: explodeExiting})
		p.Go(ctx, func() {})
		p.Shutdown(context.Background())
		assert.Zero(t, p.Stats().Workers, "workers")
	})
	t.Run("Initializer", func(t *testing.T) {
		p := concurrent.NewPool(concurrent.PoolOptions{Initializer: func() error { explodeExiting(); return nil }})
		err := concurrent.Submit(ctx, p, 1, work).Err(ctx)
		assert.ErrorIs(t, err, errA)
		assert.ErrorIs(t, err, concurrent.ErrClosed)
		p.Shutdown(context.Background())
	})
}
