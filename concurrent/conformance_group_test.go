package concurrent_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// The behaviours of asyncio's TaskGroup. Exceptions are errors, KeyboardInterrupt is
// a panic, and canceling the task that runs the group is canceling its context. A group
// that was cut short says so beside its failures, which asyncio's does not.
// Not here: what a group can be entered with, names and context variables.
func TestConformanceGroup(t *testing.T) {
	const tenth = 100 * time.Millisecond
	const prefix = "test_asyncio/test_taskgroups/"
	type fn = func(context.Context, *group) error

	// of returns a function that returns v after d.
	of := func(d time.Duration, v int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return v, pause(ctx, d) }
	}
	result := func(t *testing.T, f *concurrent.Future[int], want int) {
		t.Helper()
		v, err := f.Result(t.Context())
		assert.Equal(t, want, v)
		assert.NoError(t, err)
	}
	canceled := func(t *testing.T, fs ...*concurrent.Future[int]) {
		t.Helper()
		for _, f := range fs {
			assert.Equal(t, concurrent.Canceled, f.State(), "the task")
		}
	}
	// canceledAfter runs a group that is canceled from outside.
	canceledAfter := func(d time.Duration, body fn) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		time.AfterFunc(d, cancel)
		return concurrent.Group(ctx, body)
	}
	// counting returns a task that adds to n when it is canceled.
	counting := func(n *atomic.Int32, by int32) func(context.Context) error {
		return func(ctx context.Context) error {
			err := pause(ctx, 50*tenth)
			if err != nil {
				n.Add(by)
			}
			return err
		}
	}
	repeat := func(n int, g *group, f func(context.Context) error) {
		for range n {
			g.Go(f)
		}
	}

	bubble(t, prefix+"test_taskgroup_01", func(t *testing.T) {
		var a, b *concurrent.Future[int]
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			a, b = concurrent.Spawn(g, of(tenth, 42)), concurrent.Spawn(g, of(2*tenth, 11))
			return nil
		}))
		result(t, a, 42)
		result(t, b, 11)
	})
	bubble(t, prefix+"test_taskgroup_02", func(t *testing.T) {
		var a, b *concurrent.Future[int]
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			a = concurrent.Spawn(g, of(tenth, 42))
			time.Sleep(tenth + tenth/2)
			b = concurrent.Spawn(g, of(2*tenth, 11))
			return nil
		}))
		result(t, a, 42)
		result(t, b, 11)
	})
	bubble(t, prefix+"test_taskgroup_03", func(t *testing.T) {
		var a, b *concurrent.Future[int]
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			a = concurrent.Spawn(g, of(10*tenth, 42))
			time.Sleep(tenth + tenth/2)
			a.Cancel(nil)
			b = concurrent.Spawn(g, of(2*tenth, 11))
			return nil
		}))
		canceled(t, a)
		result(t, b, 11)
	})
	bubble(t, prefix+"test_taskgroup_04", func(t *testing.T) {
		var n atomic.Int32
		var b *concurrent.Future[int]
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			g.Go(failAfter(tenth, errA))
			b = concurrent.Spawn(g, func(ctx context.Context) (int, error) { return 0, counting(&n, 1)(ctx) })
			return nil
		}), errA)
		canceled(t, b)
		assert.Equal(t, int32(1), n.Load(), "the other was not canceled")
	})
	bubble(t, prefix+"test_cancel_children_on_child_error", func(t *testing.T) {
		var n atomic.Int32
		err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			repeat(3, g, failAfter(tenth, errA))
			g.Go(counting(&n, 1))
			return counting(&n, 10)(ctx)
		})
		for _, err := range flat(err) { // up to three: some may see the cancellation first
			assert.Equal(t, errA, err)
		}
		assert.Error(t, err)
		assert.Equal(t, int32(11), n.Load())
	})
	bubble(t, prefix+"test_cancellation", func(t *testing.T) {
		var n atomic.Int32
		wantErrors(t, canceledAfter(tenth, func(_ context.Context, g *group) error {
			repeat(5, g, counting(&n, 1))
			return nil
		}), context.Canceled)
		assert.Equal(t, int32(5), n.Load(), "canceled")
	})
	bubble(t, prefix+"test_taskgroup_07", func(t *testing.T) {
		var n atomic.Int32
		wantErrors(t, canceledAfter(tenth, func(ctx context.Context, g *group) error {
			repeat(5, g, counting(&n, 1))
			return counting(&n, 10)(ctx)
		}), context.Canceled)
		assert.Equal(t, int32(15), n.Load())
	})
	bubble(t, "cut short, and its tasks fail", func(t *testing.T) {
		wantErrors(t, canceledAfter(tenth, func(ctx context.Context, g *group) error {
			repeat(5, g, cleanup(100*tenth, errA))
			return pause(ctx, 100*tenth)
		}), errA, errA, errA, errA, errA, context.Canceled)
	})
	for name, wait := range map[string]time.Duration{"test_taskgroup_09": tenth, "test_taskgroup_10": 0} {
		bubble(t, prefix+name, func(t *testing.T) {
			var a, b *concurrent.Future[int]
			wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
				a, b = concurrent.Spawn(g, of(10*tenth, 42)), concurrent.Spawn(g, of(20*tenth, 11))
				time.Sleep(wait)
				return errA
			}), errA)
			canceled(t, a, b)
		})
	}
	bubble(t, "cut short inside another", func(t *testing.T) {
		wantErrors(t, canceledAfter(tenth, func(ctx context.Context, _ *group) error {
			return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				repeat(5, g, cleanup(100*tenth, errA))
				return pause(ctx, 100*tenth)
			})
		}), errA, errA, errA, errA, errA, context.Canceled)
	})
	bubble(t, "cut short, both", func(t *testing.T) {
		err := canceledAfter(tenth, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { return pause(ctx, 100*tenth) })
			return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				repeat(5, g, cleanup(100*tenth, errA))
				return pause(ctx, 100*tenth)
			})
		})
		// Both groups were cut short: five errors, and the end of each.
		wantErrors(t, err, errA, errA, errA, errA, errA, context.Canceled, context.Canceled)
	})
	bubble(t, prefix+"test_taskgroup_13", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(failAfter(tenth, errA))
			return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				g.Go(failAfter(100*tenth, errB))
				return nil
			})
		}), errA)
	})
	bubble(t, prefix+"test_taskgroup_14", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(failAfter(100*tenth, errA))
			return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				g.Go(failAfter(tenth, errB))
				return nil
			})
		}), errB)
	})
	// A task that does not heed its context fails between the cancellation and the end
	// of the body.
	late := func(ctx context.Context, g *group) error {
		g.Go(func(context.Context) error { time.Sleep(3 * tenth); return errA })
		err := pause(ctx, 100*tenth)
		time.Sleep(5 * tenth)
		return err
	}
	bubble(t, "cut short, and fails late", func(t *testing.T) {
		wantErrors(t, canceledAfter(tenth, late), errA, context.Canceled)
	})
	bubble(t, "cut short in a future", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(tenth, cancel)
		f := concurrent.Go(ctx, func(ctx context.Context) (int, error) { return 0, concurrent.Group(ctx, late) })
		assert.ErrorIs(t, f.Err(t.Context()), errA)
		assert.ErrorIs(t, f.Err(t.Context()), context.Canceled)
	})
	bubble(t, prefix+"test_taskgroup_17", func(t *testing.T) {
		var n atomic.Int32
		wantErrors(t, canceledAfter(tenth, func(ctx context.Context, _ *group) error {
			return counting(&n, 10)(ctx)
		}), context.Canceled)
		assert.Equal(t, int32(10), n.Load())
	})
	bubble(t, prefix+"test_taskgroup_18", func(t *testing.T) {
		var n atomic.Int32
		wantErrors(t, canceledAfter(tenth, func(ctx context.Context, _ *group) error {
			assert.Equal(t, context.Canceled, counting(&n, 10)(ctx))
			return errA
		}), errA)
		assert.Equal(t, int32(10), n.Load())
	})
	bubble(t, prefix+"test_taskgroup_19", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(failAfter(tenth, errA))
			return cleanup(100*tenth, errB)(ctx)
		}), errA, errB)
	})
	bubble(t, prefix+"test_taskgroup_20", func(t *testing.T) {
		pe := caught(t, func() {
			concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
				g.Go(failAfter(tenth, errA))
				pause(ctx, 100*tenth)
				panic("keyboard interrupt")
			})
		})
		require.NotNil(t, pe)
		assert.Equal(t, "keyboard interrupt", pe.Value)
	})
	bubble(t, prefix+"test_taskgroup_20a", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(failAfter(tenth, errA))
			return cleanup(100*tenth, errC)(ctx)
		}), errA, errC)
	})
	bubble(t, prefix+"test_taskgroup_21a", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(failAfter(tenth, errC))
			return cleanup(100*tenth, errB)(ctx)
		}), errC, errB)
	})
	bubble(t, prefix+"test_taskgroup_22", func(t *testing.T) {
		wantErrors(t, canceledAfter(tenth/2, func(_ context.Context, g *group) error {
			g.Go(failAfter(10*tenth, nil))
			g.Go(failAfter(20*tenth, nil))
			return nil
		}), context.Canceled)
	})
	bubble(t, prefix+"test_taskgroup_23", func(t *testing.T) {
		var running atomic.Int32
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			for count := range 10 {
				time.Sleep(tenth)
				running.Add(1)
				g.Go(func(ctx context.Context) error { defer running.Add(-1); return pause(ctx, 3*tenth) })
				if count == 5 {
					assert.Less(t, running.Load(), int32(5), "running")
				}
			}
			time.Sleep(13*tenth + tenth/2)
			assert.Zero(t, running.Load(), "still there")
			return nil
		}))
	})
	bubble(t, prefix+"test_taskgroup_24", func(t *testing.T) {
		start := time.Now()
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				err := pause(ctx, tenth)
				g.Go(failAfter(tenth, nil))
				g.Go(failAfter(2*tenth, nil))
				return err
			})
			return nil
		}))
		assert.Equal(t, 3*tenth, time.Since(start))
	})
	bubble(t, prefix+"test_taskgroup_25", func(t *testing.T) {
		var hydras atomic.Int32
		err := concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			var hydra func(context.Context) error
			hydra = func(ctx context.Context) error {
				hydras.Add(1)
				err := pause(ctx, tenth)
				repeat(2, g, hydra)
				return err
			}
			g.Go(hydra)
			g.Go(func(ctx context.Context) error {
				for hydras.Load() < 10 {
					if err := pause(ctx, tenth+tenth/2); err != nil {
						return err
					}
				}
				return errA
			})
			return nil
		})
		wantErrors(t, err, errA)
		assert.GreaterOrEqual(t, hydras.Load(), int32(10), "hydras")
	})
	bubble(t, prefix+"test_taskgroup_no_create_task_after_failure", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			g.Go(failAfter(tenth, errA))
			g.Go(func(ctx context.Context) error {
				err := pause(ctx, 10*tenth)
				assert.False(t, g.Go(failAfter(tenth, errB)), "a task was started after the failure")
				return err
			})
			return nil
		}), errA)
	})
	bubble(t, prefix+"test_taskgroup_context_manager_exit_raises", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			return concurrent.Scoped(ctx, func(ctx context.Context, s *concurrent.Scope) error {
				s.Defer(func(context.Context) error { return errB })
				g.Go(func(context.Context) error { return errA })
				<-ctx.Done()
				return nil
			})
		}), errA, errB)
	})
	for _, name := range []string{"test_taskgroup_finished", "test_coro_closed_when_tg_closed"} {
		bubble(t, prefix+name, func(t *testing.T) {
			var g *group
			concurrent.Group(t.Context(), func(_ context.Context, running *group) error { g = running; return nil })
			misuse(t, "not running", func() {
				g.Go(func(context.Context) error { assert.Fail(t, "the task runs"); return nil })
			})
		})
	}
	bubble(t, prefix+"test_taskgroup_not_entered", func(t *testing.T) {
		misuse(t, "not running", func() {
			new(group).Go(func(context.Context) error { assert.Fail(t, "the task runs"); return nil })
		})
	})
	bubble(t, prefix+"test_cancelling_level_preserved", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		wantErrors(t, concurrent.Group(ctx, func(_ context.Context, g *group) error {
			g.Go(failAfter(0, errA))
			return nil
		}), errA)
		assert.NoError(t, ctx.Err(), "a failure in the group ended the caller's context")
	})
	bubble(t, prefix+"test_nested_groups_both_cancelled", func(t *testing.T) {
		wantErrors(t, concurrent.Group(t.Context(), func(ctx context.Context, outer *group) error {
			err := concurrent.Group(ctx, func(_ context.Context, inner *group) error {
				inner.Go(func(context.Context) error { return errA })
				outer.Go(func(context.Context) error { return errB })
				return nil
			})
			assert.ErrorIs(t, err, errA, "the inner group")
			<-ctx.Done()
			assert.Error(t, ctx.Err(), "the outer group goes on")
			return nil
		}), errB)
	})
	bubble(t, prefix+"test_error_and_cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		started := make(chan bool)
		f := concurrent.Go(ctx, func(ctx context.Context) (int, error) {
			err := concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				g.Go(func(context.Context) error {
					close(started)
					<-ctx.Done()
					return errA
				})
				return pause(ctx, 10*tenth)
			})
			assert.ErrorIs(t, err, errA, "the group")
			return 0, pause(ctx, 10*tenth)
		})
		<-started
		cancel()
		assert.ErrorIs(t, f.Err(t.Context()), context.Canceled)
		assert.Equal(t, concurrent.Canceled, f.State())
	})
}
