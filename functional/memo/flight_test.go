package memo_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/memo"
	"github.com/fanfold/fanfold/functional/par"
)

// An outcome is what one Get ended with.
type outcome struct {
	value  string
	err    error
	panic  any
	exited bool
}

// ask calls get in a goroutine and sends how it ended.
func ask(get func() (string, error)) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		a := outcome{exited: true}
		defer func() {
			if v := recover(); v != nil {
				a.panic, a.exited = v, false
			}
			out <- a
		}()
		a.value, a.err = get()
		a.exited = false
	}()
	return out
}

// pending requires that none of the answers is there.
func pending(t *testing.T, answers ...<-chan outcome) {
	t.Helper()
	synctest.Wait()
	for i, a := range answers {
		require.Empty(t, a, "answer %d", i)
	}
}

// bothWays runs the test with a first Get whose context cannot end, so that it runs
// the load itself, and with one for which the load is launched.
func bothWays(t *testing.T, test func(t *testing.T, first context.Context)) {
	t.Run("own", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, context.Background()) })
	})
	t.Run("launched", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, t.Context()) })
	})
}

func TestCacheSharesCalls(t *testing.T) {
	bothWays(t, func(t *testing.T, first context.Context) {
		calls := 0
		release := make(chan struct{})
		c := memo.NewCache(func(context.Context, int) (string, error) {
			calls++
			<-release
			return "v", nil
		})
		var answers []<-chan outcome
		ctx := first
		for range 10 {
			answers = append(answers, ask(func() (string, error) { return c.Get(ctx, 1) }))
			pending(t, answers...)
			ctx = t.Context()
		}
		close(release)
		for _, a := range answers {
			require.Equal(t, outcome{value: "v"}, <-a)
		}
		require.Equal(t, 1, calls)
		require.Equal(t, memo.Stats{Misses: 10, Loads: 1, Entries: 1, Cost: 1}, c.Stats())
	})
}

func TestCacheSharesFailures(t *testing.T) {
	failed := errors.New("failed")
	for name, fail := range map[string]func() (string, error){
		"error":       func() (string, error) { return "partial", failed },
		"panic":       func() (string, error) { panic(failed) },
		"goexit":      func() (string, error) { runtime.Goexit(); return "", nil },
		"panic value": func() (string, error) { return "", &par.PanicError{Value: "of another process"} },
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, first context.Context) {
				release := make(chan struct{})
				c := memo.NewCache(func(context.Context, int) (string, error) {
					<-release
					return fail()
				})
				one := ask(func() (string, error) { return c.Get(first, 1) })
				pending(t, one)
				two := ask(func() (string, error) { return c.Get(t.Context(), 1) })
				pending(t, one, two)
				close(release)
				for _, a := range []outcome{<-one, <-two} {
					switch name {
					case "error":
						require.Equal(t, outcome{value: "partial", err: failed}, a)
					case "panic":
						require.IsType(t, &par.PanicError{}, a.panic)
						require.ErrorIs(t, a.panic.(error), failed)
						require.Contains(t, string(a.panic.(*par.PanicError).Stack), "TestCacheSharesFailures")
					case "goexit":
						require.Equal(t, outcome{exited: true}, a)
					case "panic value": // an error that a load returns is returned
						require.Nil(t, a.panic)
						require.IsType(t, &par.PanicError{}, a.err)
					}
				}
				require.Equal(t, memo.Stats{Misses: 2, Loads: 1, Failures: 1}, c.Stats())
			})
		})
	}
}

// What an OnEvict does to the Get that made room, it does to all who share it;
// the value is there.
func TestCacheEvictionEndsBadly(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("evicted") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, first context.Context) {
				release := make(chan struct{})
				c := memo.NewCache(func(_ context.Context, key int) (string, error) {
					if key == 2 {
						<-release
					}
					return "v", nil
				}, memo.Options{Size: 1})
				c.OnEvict(func(int, string) { end() })
				_, err := c.Get(first, 1)
				require.NoError(t, err)
				one := ask(func() (string, error) { return c.Get(first, 2) })
				pending(t, one)
				two := ask(func() (string, error) { return c.Get(t.Context(), 2) })
				pending(t, one, two)
				close(release)
				for _, o := range []outcome{<-one, <-two} {
					if name == "goexit" {
						require.Equal(t, outcome{exited: true}, o)
					} else {
						require.Equal(t, "evicted", o.panic.(*par.PanicError).Value)
					}
				}
				require.Equal(t, outcome{value: "v"}, <-ask(func() (string, error) { return c.Get(first, 2) }))
				require.Equal(t, memo.Stats{Hits: 1, Misses: 3, Loads: 2, Evictions: 1, Entries: 1, Cost: 1}, c.Stats())
			})
		})
	}
}

// One that leaves does not end the call for the others, whoever began it.
func TestCacheWaiterLeaves(t *testing.T) {
	for _, leaver := range []int{0, 1} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			c := memo.NewCache(func(ctx context.Context, _ int) (string, error) {
				<-release
				return "v", ctx.Err()
			})
			cause := errors.New("cause")
			ctxs := []context.Context{t.Context(), t.Context()}
			ctx, cancel := context.WithCancelCause(t.Context())
			ctxs[leaver] = ctx
			var answers []<-chan outcome
			for _, ctx := range ctxs {
				answers = append(answers, ask(func() (string, error) { return c.Get(ctx, 1) }))
				pending(t, answers...)
			}
			cancel(cause)
			require.Equal(t, outcome{err: cause}, <-answers[leaver])
			pending(t, answers[1-leaver])
			close(release)
			require.Equal(t, outcome{value: "v"}, <-answers[1-leaver])
			require.Equal(t, 1, c.Stats().Entries)
		})
	}
}

// The call of a load ends with the last who waits, not before, and the last
// waits for its end.
func TestCacheLastWaiterLeaves(t *testing.T) {
	for name, end := range map[string]func(context.Context) (string, error){
		"error":   func(ctx context.Context) (string, error) { return "", ctx.Err() },
		"success": func(context.Context) (string, error) { return "late", nil },
		"panic":   func(ctx context.Context) (string, error) { panic(ctx.Err()) },
		"goexit":  func(context.Context) (string, error) { runtime.Goexit(); return "", nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ended []error
				release := make(chan struct{})
				calls := 0
				c := memo.NewCache(func(ctx context.Context, _ int) (string, error) {
					if calls++; calls > 1 {
						return "fresh", nil
					}
					<-ctx.Done()
					ended = append(ended, context.Cause(ctx))
					<-release
					return end(ctx)
				})
				ctx1, cancel1 := context.WithCancelCause(t.Context())
				ctx2, cancel2 := context.WithCancelCause(t.Context())
				cause1, cause2 := errors.New("cause 1"), errors.New("cause 2")
				one := ask(func() (string, error) { return c.Get(ctx1, 1) })
				pending(t, one)
				two := ask(func() (string, error) { return c.Get(ctx2, 1) })
				pending(t, one, two)
				cancel2(cause2)
				require.Equal(t, outcome{err: cause2}, <-two)
				pending(t, one)
				require.Empty(t, ended)
				cancel1(cause1)
				pending(t, one)
				require.Equal(t, []error{cause1}, ended)

				// A Get that comes now does not wait for what is on its way out.
				v, err := c.Get(t.Context(), 1)
				require.NoError(t, err)
				require.Equal(t, "fresh", v)

				close(release)
				a := <-one
				switch name {
				case "error":
					require.Equal(t, outcome{err: cause1}, a)
				case "success":
					require.Equal(t, outcome{value: "late"}, a)
				case "panic":
					require.ErrorIs(t, a.panic.(error), context.Canceled)
				case "goexit":
					require.Equal(t, outcome{exited: true}, a)
				}
				v, err = c.Get(t.Context(), 1)
				require.NoError(t, err)
				require.Equal(t, "fresh", v)
				require.Equal(t, 2, calls)
			})
		})
	}
}

// The context of a load has the values of the first Get's, not its deadline, and
// is over when the load is.
func TestCacheLoadContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		var inner context.Context
		var within error // the context's, while the load runs
		c := memo.NewCache(func(ctx context.Context, _ int) (string, error) {
			inner, within = ctx, ctx.Err()
			return ctx.Value(key{}).(string), nil
		})
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Minute)
		defer cancel()
		v, err := c.Get(ctx, 1)
		require.NoError(t, err)
		require.Equal(t, "value", v)
		require.NoError(t, within)
		_, deadline := inner.Deadline()
		require.False(t, deadline)
		synctest.Wait()
		require.Error(t, inner.Err())
	})
}

// A load under way when its key is forgotten answers those who wait and is not
// kept; those who come later get a load of their own.
func TestCacheForgetUnderWay(t *testing.T) {
	for name, forget := range map[string]func(c *memo.Cache[int, string]){
		"forget": func(c *memo.Cache[int, string]) { c.Forget(1) },
		"purge":  func(c *memo.Cache[int, string]) { c.Purge() },
	} {
		t.Run(name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, first context.Context) {
				var mu sync.Mutex
				results := []string{"old", "new"}
				release := make(chan struct{})
				c := memo.NewCache(func(context.Context, int) (string, error) {
					mu.Lock()
					v := results[0]
					results = results[1:]
					mu.Unlock()
					<-release
					return v, nil
				})
				var evicted atomic.Int64
				c.OnEvict(func(int, string) { evicted.Add(1) })
				one := ask(func() (string, error) { return c.Get(first, 1) })
				pending(t, one)
				two := ask(func() (string, error) { return c.Get(t.Context(), 1) })
				pending(t, one, two)
				forget(c)
				three := ask(func() (string, error) { return c.Get(first, 1) })
				pending(t, one, two, three)
				close(release)
				require.Equal(t, outcome{value: "old"}, <-one)
				require.Equal(t, outcome{value: "old"}, <-two)
				require.Equal(t, outcome{value: "new"}, <-three)
				v, err := c.Get(t.Context(), 1)
				require.NoError(t, err)
				require.Equal(t, "new", v)
				require.Equal(t, memo.Stats{Hits: 1, Misses: 3, Loads: 2, Entries: 1, Cost: 1}, c.Stats())
				require.Zero(t, evicted.Load(), "a value that was never kept was evicted")
			})
		})
	}
}

func TestCacheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newSource()
		load := func(ctx context.Context, key int) (string, error) {
			time.Sleep(10 * time.Second)
			return src.load(ctx, key)
		}
		c := memo.NewCache(load, memo.Options{Size: 3, TTL: time.Minute})
		var gone []int
		c.OnEvict(func(key int, _ string) { gone = append(gone, key) })
		get(t, c, 1) // until 70 s after the start
		get(t, c, 2) // until 80 s
		time.Sleep(50*time.Second - 1)
		get(t, c, 1, 2)
		require.Equal(t, map[int]int{1: 1, 2: 1}, src.calls)
		time.Sleep(time.Nanosecond) // being used does not prolong a life
		get(t, c, 2)
		require.Empty(t, gone) // lazily: nothing was stored
		require.Equal(t, 2, c.Stats().Entries)
		get(t, c, 3) // is there at 80 s, when 1 and 2 are over
		require.Equal(t, []int{1, 2}, gone)
		get(t, c, 1)
		require.Equal(t, 2, src.calls[1])

		// What is over is not given out for want of something better.
		time.Sleep(time.Hour)
		src.errs[1] = errors.New("no more")
		_, err := c.Get(t.Context(), 1)
		require.Equal(t, src.errs[1], err)
		require.Equal(t, 2, c.Stats().Entries)
		get(t, c, 4)
		require.Equal(t, []int{1, 2, 3, 1}, gone)
		require.EqualValues(t, 4, c.Stats().Evictions)
	})
}

func TestOnce(t *testing.T) {
	bothWays(t, func(t *testing.T, first context.Context) {
		failed := errors.New("failed")
		calls := 0
		release := make(chan struct{})
		once := memo.Once(func(context.Context) (string, error) {
			<-release
			switch calls++; calls {
			case 1:
				return "partial", failed
			case 2:
				panic(failed)
			}
			return "v", nil
		})
		var answers []<-chan outcome
		ctx := first
		for range 3 {
			answers = append(answers, ask(func() (string, error) { return once(ctx) }))
			pending(t, answers...)
			ctx = t.Context()
		}
		close(release)
		for _, a := range answers {
			require.Equal(t, outcome{value: "partial", err: failed}, <-a)
		}
		require.ErrorIs(t, panicOf(t, func() { once(first) }), failed)
		for range 3 {
			v, err := once(first)
			require.NoError(t, err)
			require.Equal(t, "v", v)
		}
		require.Equal(t, 3, calls)
		cause := errors.New("cause")
		done, cancel := context.WithCancelCause(first)
		cancel(cause)
		_, err := once(done)
		require.Same(t, cause, err)
	})
}

// A call that everybody had left and that succeeds all the same decides, or has
// been decided for: nobody sees two values.
func TestOnceLateSuccess(t *testing.T) {
	for name, lateFirst := range map[string]bool{"late first": true, "late last": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				late, fresh := make(chan string, 1), make(chan string, 1)
				results := []chan string{late, fresh}
				once := memo.Once(func(context.Context) (string, error) {
					result := results[0]
					results = results[1:]
					return <-result, nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				one := ask(func() (string, error) { return once(ctx) })
				pending(t, one)
				cancel()
				pending(t, one)
				two := ask(func() (string, error) { return once(t.Context()) })
				pending(t, one, two)
				want := "fresh"
				if lateFirst {
					want = "late"
					late <- "late"
					synctest.Wait()
					fresh <- "fresh"
				} else {
					fresh <- "fresh"
					synctest.Wait()
					late <- "late"
				}
				require.Equal(t, outcome{value: want}, <-one)
				require.Equal(t, outcome{value: want}, <-two)
				v, err := once(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, v)
			})
		})
	}
}
