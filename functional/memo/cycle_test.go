package memo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/memo"
)

// wantCycle checks that err tells of a circle of these keys, wherever it begins.
func wantCycle(t *testing.T, err error, keys ...any) {
	t.Helper()
	var cycle *memo.CycleError
	require.ErrorAs(t, err, &cycle)
	assert.ElementsMatch(t, keys, cycle.Keys, "%v", err)
}

// A load that waits for itself, on whatever way, is told so at once, and the cache goes
// on working.
func TestLoadWaitsForItself(t *testing.T) {
	bothWays(t, func(t *testing.T, ctx context.Context) {
		var c *memo.Cache[int, int]
		next := map[int]int{1: 1, 2: 3, 3: 4, 4: 2, 5: 2}
		c = memo.NewCache(func(ctx context.Context, key int) (int, error) {
			n, more := next[key]
			if !more {
				return key, nil
			}
			return c.Get(ctx, n)
		})
		_, err := c.Get(ctx, 1)
		wantCycle(t, err, 1)
		require.EqualError(t, err, "memo: a load that waits for itself: 1 → 1")
		_, err = c.Get(ctx, 2)
		wantCycle(t, err, 2, 3, 4)
		_, err = c.Get(ctx, 5)
		wantCycle(t, err, 2, 3, 4)
		next = map[int]int{2: 3}
		v, err := c.Get(ctx, 2)
		require.NoError(t, err)
		require.Equal(t, 3, v)
		require.Equal(t, 2, c.Stats().Entries)
	})
}

// Two goroutines, each with a load that asks for the other's key: one of them is told.
func TestLoadsWaitForEachOther(t *testing.T) {
	bothWays(t, func(t *testing.T, ctx context.Context) {
		var c *memo.Cache[string, string]
		begun := make(chan struct{}, 2)
		meet := make(chan struct{})
		c = memo.NewCache(func(ctx context.Context, key string) (string, error) {
			begun <- struct{}{}
			<-meet
			_, err := c.Get(ctx, map[string]string{"a": "b", "b": "a"}[key])
			return key, err
		})
		one := ask(func() (string, error) { return c.Get(ctx, "a") })
		two := ask(func() (string, error) { return c.Get(ctx, "b") })
		<-begun
		<-begun
		close(meet)
		wantCycle(t, (<-one).err, "a", "b")
		wantCycle(t, (<-two).err, "a", "b")
	})
}

// The circle may lead through several caches, and through Once and Memoize.
func TestLoadsOfSeveralCachesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var once func(context.Context) (int, error)
		square := memo.Memoize(func(ctx context.Context, v int) (int, error) {
			n, err := once(ctx)
			return n * v, err
		})
		once = memo.Once(func(ctx context.Context) (int, error) { return square(ctx, 7) })
		_, err := once(t.Context())
		var cycle *memo.CycleError
		require.ErrorAs(t, err, &cycle)
		require.Len(t, cycle.Keys, 2)
		require.EqualError(t, err, "memo: a load that waits for itself: Once → 7 → Once")

		var self func(context.Context) (int, error)
		self = memo.Once(func(ctx context.Context) (int, error) { return self(ctx) })
		_, err = self(t.Context())
		require.EqualError(t, err, "memo: a load that waits for itself: Once → Once")
	})
}

// Loads that wait for the same key, and one that asks for a key twice, are no circle.
func TestLoadsThatMeetAreNoCircle(t *testing.T) {
	bothWays(t, func(t *testing.T, ctx context.Context) {
		var fib *memo.Cache[int, int]
		fib = memo.NewCache(func(ctx context.Context, n int) (int, error) {
			if n < 2 {
				return n, nil
			}
			type half struct {
				v   int
				err error
			}
			halves := make(chan half, 2)
			for _, m := range []int{n - 1, n - 2} {
				go func() {
					v, err := fib.Get(ctx, m)
					halves <- half{v, err}
				}()
			}
			a, b := <-halves, <-halves
			return a.v + b.v, errors.Join(a.err, b.err)
		})
		v, err := fib.Get(ctx, 40)
		require.NoError(t, err)
		require.Equal(t, 102334155, v)
	})
}

// badContext panics in the methods that it is told to.
type badContext struct {
	context.Context
	done, value, err bool
}

func (c *badContext) Done() <-chan struct{} {
	if c.done {
		panic("bad Done")
	}
	return c.Context.Done()
}

func (c *badContext) Value(key any) any {
	if c.value {
		panic("bad Value")
	}
	return c.Context.Value(key)
}

func (c *badContext) Err() error {
	if c.err {
		panic("bad Err")
	}
	return c.Context.Err()
}

// A context that panics costs its own Get, and no other.
func TestGetOfBadContext(t *testing.T) {
	for _, bad := range []badContext{{done: true}, {value: true}, {err: true}} {
		t.Run(fmt.Sprintf("%+v", bad), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bad.Context = t.Context()
				c := memo.NewCache(func(context.Context, int) (string, error) { return "v", nil })
				require.Panics(t, func() { _, _ = c.Get(&bad, 1) })
				require.Equal(t, outcome{value: "v"}, <-ask(func() (string, error) { return c.Get(t.Context(), 1) }))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		bad := &badContext{Context: ctx}
		c := memo.NewCache(func(ctx context.Context, _ int) (string, error) { <-ctx.Done(); return "", ctx.Err() })
		left := make(chan any)
		go func() {
			defer func() { left <- recover() }()
			_, _ = c.Get(bad, 1)
		}()
		synctest.Wait()
		bad.value = true // where context.Cause looks
		cancel()
		require.Equal(t, "bad Value", <-left, "the last to leave waits for the load, and then panics")
	})
}

// Every entry that was removed is reported, also when the function panics for some.
func TestEvictionsAfterPanic(t *testing.T) {
	c := memo.NewCache(func(_ context.Context, key int) (int, error) { return key, nil })
	var gone []int
	c.OnEvict(func(key, _ int) {
		gone = append(gone, key)
		if key > 0 {
			panic(key)
		}
	})
	for key := range 4 {
		_, err := c.Get(t.Context(), key)
		require.NoError(t, err)
	}
	func() {
		defer func() {
			p, _ := recover().(*memo.PanicError)
			require.NotNil(t, p)
			require.Equal(t, 1, p.Value, "the first panic")
		}()
		c.Purge()
	}()
	require.Equal(t, []int{0, 1, 2, 3}, gone)
}
