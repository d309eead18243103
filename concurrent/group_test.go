package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// pause sleeps for d; like most functions it returns the Err of a ctx that ends.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// failAfter returns a task that fails with err after d, if its context lets it.
func failAfter(d time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		if end := pause(ctx, d); end != nil {
			return end
		}
		return err
	}
}

// cleanup returns a task that sleeps, and fails with err when it is canceled.
func cleanup(d time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		if pause(ctx, d) != nil {
			return err
		}
		return nil
	}
}

type group = concurrent.TaskGroup

// uncomparable is an error that panics when it is compared with another.
type uncomparable []error

func (u uncomparable) Error() string   { return "uncomparable" }
func (u uncomparable) Unwrap() []error { return u }

// empty is an error that wraps a list of no errors.
type empty struct{}

var errEmptyList = errors.New("an empty list")

func (*empty) Error() string        { return "empty" }
func (*empty) Unwrap() []error      { return nil }
func (*empty) Is(target error) bool { return target == errEmptyList }

func TestGroup(t *testing.T) {
	const s = time.Second
	boom := errors.New("boom")
	end := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	cases := []struct {
		name    string
		timeout time.Duration // of the caller's context; 0: none
		body    func(ctx context.Context, g *group) error
		want    []error
		took    time.Duration
	}{
		{"nothing", 0, func(context.Context, *group) error { return nil }, nil, 0},
		{"tasks are waited for", 0, func(_ context.Context, g *group) error {
			g.Go(failAfter(1*s, nil))
			g.Go(failAfter(3*s, nil))
			return nil
		}, nil, 3 * s},
		{"the first failure cancels the others and the body", 0, func(ctx context.Context, g *group) error {
			g.Go(failAfter(9*s, errB))
			g.Go(failAfter(1*s, errA))
			return end(ctx)
		}, []error{errA}, 1 * s},
		{"a failure of the body cancels the tasks", 0, func(_ context.Context, g *group) error {
			g.Go(failAfter(9*s, errB))
			return errA
		}, []error{errA}, 0},
		{"failures come in the order in which they happen", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); time.Sleep(2 * s); return errC })
			g.Go(func(ctx context.Context) error { <-ctx.Done(); time.Sleep(1 * s); return errB })
			g.Go(failAfter(1*s, errA))
			<-ctx.Done()
			time.Sleep(3 * s)
			return boom
		}, []error{errA, errB, errC, boom}, 4 * s},
		{"the same error twice", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return errA })
			return errA
		}, []error{errA, errA}, 0},
		{"noise: the cause, wrapped, joined", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("reading: %w", ctx.Err()) })
			g.Go(func(ctx context.Context) error { return errors.Join(end(ctx), context.Cause(ctx)) })
			return errA
		}, []error{errA}, 0},
		{"news among noise", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { return errors.Join(end(ctx), errB) })
			return errA
		}, []error{errA, context.Canceled, errB}, 0},
		{"an error that cannot be compared is news", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return uncomparable{errB} })
			return uncomparable{errA}
		}, []error{errA, errB}, 0},
		{"a list of nothing is news", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return &empty{} })
			return errA
		}, []error{errA, errEmptyList}, 0},
		{"a retry that was cut short is noise", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				_, err := concurrent.Retry(ctx, func(context.Context) (int, error) { return 0, errB }, concurrent.RetryOptions{Attempts: -1})
				return err
			})
			return failAfter(1*s, errA)(ctx)
		}, []error{errA}, 1 * s},
		{"a cancellation out of the blue is a failure", 0, func(ctx context.Context, g *group) error {
			g.Go(failAfter(1*s, context.Canceled))
			return end(ctx)
		}, []error{context.Canceled}, 1 * s},
		{"a deadline of a task's own", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				ctx, cancel := context.WithTimeout(ctx, 1*s)
				defer cancel()
				return end(ctx)
			})
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
			return end(ctx)
		}, []error{context.DeadlineExceeded}, 1 * s},
		{"the caller's context ends", 5 * s, func(ctx context.Context, g *group) error {
			g.Go(end)
			g.Go(failAfter(1*s, nil))
			return end(ctx)
		}, []error{context.DeadlineExceeded}, 5 * s},
		{"other words for the end", 5 * s, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return context.Canceled })
			g.Go(func(ctx context.Context) error { <-ctx.Done(); return &concurrent.CanceledError{Cause: errB} })
			g.Go(func(ctx context.Context) error { return &concurrent.CanceledError{Cause: end(ctx)} })
			return nil
		}, []error{context.DeadlineExceeded}, 5 * s},
		{"the cause comes last", 5 * s, func(ctx context.Context, g *group) error {
			g.Go(end)
			g.Go(cleanup(9*s, errA))
			return nil
		}, []error{errA, context.DeadlineExceeded}, 5 * s},
		{"nobody was cut short", 5 * s, func(ctx context.Context, g *group) error {
			g.Go(func(context.Context) error { time.Sleep(9 * s); return nil })
			return nil
		}, nil, 9 * s},
		{"a task that was not started was cut short", 5 * s, func(ctx context.Context, g *group) error {
			<-ctx.Done()
			g.Go(func(context.Context) error { panic("started") })
			return nil
		}, []error{context.DeadlineExceeded}, 5 * s},
		{"an end after a failure is not reported", 5 * s, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error { time.Sleep(9 * s); return ctx.Err() })
			return errA
		}, []error{errA}, 9 * s},
		{"tasks start tasks", 0, func(ctx context.Context, g *group) error {
			g.Go(func(context.Context) error {
				time.Sleep(1 * s)
				g.Go(func(context.Context) error { g.Go(failAfter(1*s, errA)); return nil })
				return nil
			})
			return nil
		}, []error{errA}, 2 * s},
		{"nested", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
					g.Go(failAfter(1*s, errA))
					g.Go(cleanup(9*s, errB))
					return nil
				})
			})
			return end(ctx)
		}, []error{errA, errB}, 1 * s},
		{"nested, canceled from outside", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				return concurrent.Group(ctx, func(ctx context.Context, g *group) error {
					g.Go(cleanup(9*s, errB))
					return end(ctx)
				})
			})
			return failAfter(1*s, errA)(ctx)
		}, []error{errA, errB, context.Canceled}, 1 * s},
		{"nested, canceled from outside without news", 0, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				return concurrent.Group(ctx, func(ctx context.Context, g *group) error { g.Go(end); return nil })
			})
			return failAfter(1*s, errA)(ctx)
		}, []error{errA}, 1 * s},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if c.timeout > 0 {
					ctx, cancel = context.WithTimeout(ctx, c.timeout)
				}
				defer cancel()
				start := time.Now()
				err := concurrent.Group(ctx, c.body)
				wantErrors(t, err, c.want...)
				assert.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

func TestGroupContext(t *testing.T) {
	t.Run("done on entry", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errA)
		assert.Equal(t, errA, concurrent.Group(ctx, func(context.Context, *group) error { panic("called") }))
	})
	t.Run("a cause that cannot be compared", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		err := concurrent.Group(ctx, func(ctx context.Context, g *group) error {
			cancel(uncomparable{errA})
			return context.Cause(ctx)
		})
		assert.ErrorIs(t, err, errA)
	})
	bubble(t, "a retry that it cut short is noise", func(t *testing.T) {
		plain, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, ctx := range []context.Context{plain, within(t, 2*time.Second)} {
			err := concurrent.Group(ctx, func(ctx context.Context, g *group) error {
				_, err := concurrent.Retry(ctx, func(context.Context) (int, error) { return 0, errB }, concurrent.RetryOptions{Attempts: -1})
				return err
			})
			assert.Equal(t, context.Cause(ctx), err, "error")
		}
	})
	t.Run("the cause is around the failure", func(t *testing.T) {
		concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			g.Go(func(context.Context) error { return errA })
			<-ctx.Done()
			var ce *concurrent.CanceledError
			err := context.Cause(ctx)
			require.ErrorAs(t, err, &ce)
			assert.Equal(t, errA, ce.Cause)
			assert.ErrorIs(t, err, context.Canceled)
			return nil
		})
	})
	t.Run("ends with the group", func(t *testing.T) {
		var kept context.Context
		concurrent.Group(t.Context(), func(ctx context.Context, g *group) error { kept = ctx; return nil })
		assert.Error(t, kept.Err(), "the group's context goes on")
	})
	t.Run("values", func(t *testing.T) {
		type key struct{}
		ctx := context.WithValue(t.Context(), key{}, 1)
		concurrent.Group(ctx, func(ctx context.Context, g *group) error {
			g.Go(func(ctx context.Context) error {
				assert.Equal(t, 1, ctx.Value(key{}), "the value is lost")
				return nil
			})
			return nil
		})
	})
}

func TestGroupPanic(t *testing.T) {
	t.Run("of a task", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var stopped, told atomic.Bool
			start := time.Now()
			pe := caught(t, func() {
				concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
					g.Go(func(ctx context.Context) error {
						<-ctx.Done()
						time.Sleep(time.Second)
						assert.True(t, told.Load(), "OnPanic waited for the others")
						stopped.Store(true)
						return errB
					})
					g.Go(func(context.Context) error { explode(); return nil })
					<-ctx.Done()
					return context.Cause(ctx)
				}, concurrent.GroupOptions{OnPanic: func(pe *concurrent.PanicError) {
					assert.Equal(t, errA, pe.Value)
					assert.Zero(t, time.Since(start))
					told.Store(true)
				}})
			})
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
			assert.Contains(t, string(pe.Stack), "explode")
			assert.True(t, stopped.Load())
		})
	})
	t.Run("of the body", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var stopped atomic.Bool
			pe := caught(t, func() {
				concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
					g.Go(func(ctx context.Context) error { <-ctx.Done(); stopped.Store(true); return nil })
					explode()
					return nil
				})
			})
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
			assert.True(t, stopped.Load())
		})
	})
	t.Run("the first of several", func(t *testing.T) {
		var told atomic.Int32
		pe := caught(t, func() {
			concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				g.Go(func(ctx context.Context) error { <-ctx.Done(); panic("second") })
				g.Go(func(ctx context.Context) error { <-ctx.Done(); goexit(); return nil })
				explode()
				return nil
			}, concurrent.GroupOptions{OnPanic: func(*concurrent.PanicError) { told.Add(1) }})
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		assert.Equal(t, int32(2), told.Load())
	})
	t.Run("with the end of the context for its value", func(t *testing.T) {
		pe := caught(t, func() {
			concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				g.Go(func(ctx context.Context) error { <-ctx.Done(); panic(ctx.Err()) })
				return errB
			})
		})
		require.NotNil(t, pe)
		assert.Equal(t, context.Canceled, pe.Value)
	})
	t.Run("after errors", func(t *testing.T) {
		pe := caught(t, func() {
			concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				g.Go(func(ctx context.Context) error { <-ctx.Done(); explode(); return nil })
				return errB
			})
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
	})
	for _, who := range []string{"a task", "the body"} {
		t.Run("goexit of "+who, func(t *testing.T) {
			var stopped atomic.Bool
			assert.True(t, exited(func() {
				concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
					g.Go(func(ctx context.Context) error { <-ctx.Done(); stopped.Store(true); return errB })
					if who == "the body" {
						goexit()
					}
					g.Go(func(ctx context.Context) error { goexit(); return nil })
					return nil
				})
			}), "the goroutine and its task end")
			assert.True(t, stopped.Load(), "the goroutine and its task end")
		})
		t.Run("panic beside the goexit of "+who, func(t *testing.T) {
			var pe *concurrent.PanicError
			exited(func() {
				defer func() { pe, _ = recover().(*concurrent.PanicError) }()
				concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
					g.Go(func(ctx context.Context) error { <-ctx.Done(); explode(); return nil })
					if who == "the body" {
						goexit()
					}
					g.Go(func(ctx context.Context) error { goexit(); return nil })
					return nil
				})
			})
			require.NotNil(t, pe)
			assert.Equal(t, errA, pe.Value)
		})
	}
}

func TestGroupGo(t *testing.T) {
	t.Run("limit", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var running, most atomic.Int32
			start := time.Now()
			err := concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				for i := range 10 {
					assert.True(t, g.Go(func(context.Context) error {
						if n := running.Add(1); n > most.Load() { // the bubble's clock moves when all are asleep
							most.Store(n)
						}
						time.Sleep(time.Second)
						running.Add(-1)
						return nil
					}), "task %d is started", i)
					synctest.Wait()
				}
				return nil
			}, concurrent.GroupOptions{Limit: 3})
			assert.NoError(t, err)
			assert.Equal(t, int32(3), most.Load())
			assert.Equal(t, 4*time.Second, time.Since(start))
		})
	})
	t.Run("a full group that is canceled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
				g.Go(failAfter(time.Second, errA))
				assert.False(t, g.Go(func(context.Context) error { panic("started") }), "started")
				return nil
			}, concurrent.GroupOptions{Limit: 1})
			wantErrors(t, err, errA)
		})
	})
	bubble(t, "a full group whose caller's context ends", func(t *testing.T) {
		begin := time.Now()
		err := concurrent.Group(within(t, time.Second), func(ctx context.Context, g *group) error {
			g.Go(func(context.Context) error { time.Sleep(9 * time.Second); return nil })
			assert.False(t, g.Go(func(context.Context) error { panic("started") }), "started")
			assert.Equal(t, time.Second, time.Since(begin), "took")
			return nil
		}, concurrent.GroupOptions{Limit: 1})
		wantErrors(t, err, errGaveUp)
		assert.Equal(t, 9*time.Second, time.Since(begin), "took")
	})
	t.Run("nothing starts after a failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
				g.Go(func(ctx context.Context) error {
					<-ctx.Done()
					assert.False(t, g.Go(func(context.Context) error { panic("started") }), "started")
					assert.Equal(t, concurrent.Canceled, concurrent.Spawn(g, func(context.Context) (int, error) { panic("started") }).State(), "spawned")
					return nil
				})
				return errA
			})
			wantErrors(t, err, errA)
		})
	})
	t.Run("storm", func(t *testing.T) {
		for range 50 {
			var ran, started atomic.Int32
			err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
				for range 8 {
					g.Go(func(context.Context) error {
						for i := range 20 {
							if g.Go(func(context.Context) error {
								if ran.Add(1) == 100 {
									return errA
								}
								return nil
							}) {
								started.Add(1)
							} else if i == 0 {
								return nil
							}
						}
						return nil
					})
				}
				return nil
			})
			require.Equal(t, started.Load(), ran.Load())
			require.Equal(t, err == errA, ran.Load() >= 100)
		}
	})
}

func TestSpawn(t *testing.T) {
	value := func(ctx context.Context) (int, error) { return 1, pause(ctx, time.Second) }
	bubble(t, "results", func(t *testing.T) {
		var f *concurrent.Future[int]
		err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			f = concurrent.Spawn(g, value)
			v, err := f.Result(ctx)
			assert.Equal(t, 1, v)
			assert.NoError(t, err)
			return nil
		})
		v, ferr := f.Result(t.Context())
		assert.NoError(t, err)
		assert.Equal(t, 1, v)
		assert.NoError(t, ferr)
	})
	bubble(t, "a failure is the group's", func(t *testing.T) {
		var f, other *concurrent.Future[int]
		err := concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			f = concurrent.Spawn(g, func(ctx context.Context) (int, error) { return 0, errA })
			other = concurrent.Spawn(g, value)
			return nil
		})
		wantErrors(t, err, errA)
		assert.Equal(t, errA, f.Err(t.Context()), "future")
		err = other.Err(t.Context())
		assert.Equal(t, concurrent.Canceled, other.State())
		assert.ErrorIs(t, err, errA)
		assert.ErrorIs(t, err, context.Canceled)
	})
	bubble(t, "canceled through its future", func(t *testing.T) {
		var f *concurrent.Future[int]
		start := time.Now()
		err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			f = concurrent.Spawn(g, value)
			pending := concurrent.Spawn(g, value)
			pending.Cancel(nil) // most likely before it runs
			g.Go(failAfter(3*time.Second, nil))
			time.Sleep(time.Second / 2)
			f.Cancel(errB)
			return nil
		})
		assert.NoError(t, err)
		assert.Equal(t, concurrent.Canceled, f.State())
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
	bubble(t, "canceled, with a clean-up that fails", func(t *testing.T) {
		err := concurrent.Group(t.Context(), func(ctx context.Context, g *group) error {
			for _, join := range []bool{false, true} {
				f := concurrent.Spawn(g, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					if join {
						return 0, errors.Join(ctx.Err(), errA)
					}
					time.Sleep(time.Second)
					return 0, errB
				})
				synctest.Wait()
				f.Cancel(nil)
				synctest.Wait()
			}
			return nil
		})
		assert.ErrorIs(t, err, errA)
		assert.ErrorIs(t, err, errB)
	})
	bubble(t, "the caller's context ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		err := concurrent.Group(ctx, func(_ context.Context, g *group) error { concurrent.Spawn(g, value); return nil })
		wantErrors(t, err, context.DeadlineExceeded)
	})
	bubble(t, "panic", func(t *testing.T) {
		var f *concurrent.Future[int]
		pe := caught(t, func() {
			concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				f = concurrent.Spawn(g, func(context.Context) (int, error) { explode(); return 0, nil })
				return nil
			})
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		assert.Same(t, pe, f.Err(t.Context()))
	})
	bubble(t, "goexit", func(t *testing.T) {
		assert.True(t, exited(func() {
			concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
				concurrent.Spawn(g, func(context.Context) (int, error) { goexit(); return 0, nil })
				return nil
			})
		}), "the goroutine went on")
	})
	bubble(t, "limit", func(t *testing.T) {
		start := time.Now()
		concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
			for range 4 {
				concurrent.Spawn(g, value)
			}
			return nil
		}, concurrent.GroupOptions{Limit: 2})
		assert.Equal(t, 2*time.Second, time.Since(start))
	})
}

// A failure of a spawned task is the group's: it is not one that nobody looked at.
func TestSpawnUnseen(t *testing.T) {
	failures := hooked(t)
	err := concurrent.Group(t.Context(), func(_ context.Context, g *group) error {
		concurrent.Spawn(g, failUnseen)
		return nil
	})
	assert.Equal(t, errUnseen, err, "error")
	func() { concurrent.NewPromise[int]().Reject(errMarker) }()
	assert.Equal(t, errMarker, collected(t, failures).Err, "told of")
	runtime.GC()
	assert.Empty(t, failures, "told after that")
}

func TestGroupMisuse(t *testing.T) {
	ctx := context.Background()
	nop := func(context.Context) error { return nil }
	over := func() (g *group) {
		concurrent.Group(ctx, func(_ context.Context, running *group) error { g = running; return nil })
		return g
	}
	mustPanic(t, map[string]func(){
		"Group of a nil function": func() { concurrent.Group(ctx, nil) },
		"Group: Limit is -1": func() {
			concurrent.Group(ctx, func(context.Context, *group) error { return nil }, concurrent.GroupOptions{Limit: -1})
		},
		"Group with 2": func() {
			concurrent.Group(ctx, func(context.Context, *group) error { return nil }, make([]concurrent.GroupOptions, 2)...)
		},
		"TaskGroup.Go of a nil function": func() { over().Go(nil) },
		"Spawn of a nil function":        func() { concurrent.Spawn[int](over(), nil) },
		"TaskGroup that is not running":  func() { over().Go(nop) },
		"that is not running":            func() { new(group).Go(nop) },
		"not running":                    func() { concurrent.Spawn(over(), func(context.Context) (int, error) { return 0, nil }) },
	})
}
