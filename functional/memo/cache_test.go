package memo_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/memo"
	"github.com/fanfold/fanfold/internal/effort"
)

// A source is a load function that counts its calls by key and fails for the
// keys in errs.
type source struct {
	calls map[int]int
	errs  map[int]error
}

func newSource() *source { return &source{calls: map[int]int{}, errs: map[int]error{}} }

func (s *source) load(_ context.Context, key int) (string, error) {
	s.calls[key]++
	return strconv.Itoa(key), s.errs[key]
}

// get gets the keys in turn and requires their values.
func get(t *testing.T, c *memo.Cache[int, string], keys ...int) {
	t.Helper()
	for _, key := range keys {
		v, err := c.Get(context.Background(), key)
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(key), v)
	}
}

func TestCacheEvictsLeastRecentlyUsed(t *testing.T) {
	src := newSource()
	c := memo.NewCache(src.load, memo.Options{Size: 3})
	get(t, c, 1, 2, 3, 1, 4) // 2 has to go
	require.Equal(t, memo.Stats{Hits: 1, Misses: 4, Loads: 4, Evictions: 1, Entries: 3, Cost: 3}, c.Stats())
	get(t, c, 1, 3, 4)
	require.Equal(t, map[int]int{1: 1, 2: 1, 3: 1, 4: 1}, src.calls)
	get(t, c, 2) // 1 has to go
	get(t, c, 3, 4, 2)
	require.Equal(t, map[int]int{1: 1, 2: 2, 3: 1, 4: 1}, src.calls)
}

func TestCacheSize(t *testing.T) {
	for size, want := range map[int]int{0: 128, 1: 1, 200: 200, -1: 1000} {
		c := memo.NewCache(newSource().load, memo.Options{Size: size})
		for key := range 1000 {
			get(t, c, key)
		}
		require.Equal(t, want, c.Stats().Entries)
	}
	require.Equal(t, 0, memo.NewCache(newSource().load).Stats().Entries)
}

func TestCacheErrorsAreNotKept(t *testing.T) {
	src := newSource()
	failed := errors.New("failed")
	src.errs[1] = failed
	c := memo.NewCache(src.load, memo.Options{Size: 5})
	weighed := 0
	c.Cost(func(int, string) int { weighed++; return 1 })
	for range 3 {
		v, err := c.Get(t.Context(), 1)
		require.Same(t, failed, err)
		require.Equal(t, "1", v) // as load returned it
	}
	require.Equal(t, memo.Stats{Misses: 3, Loads: 3, Failures: 3}, c.Stats())
	require.Zero(t, weighed)
	delete(src.errs, 1)
	get(t, c, 1, 1)
	require.Equal(t, 4, src.calls[1])
	require.Equal(t, 1, weighed)
}

func TestCacheDoneOnEntry(t *testing.T) {
	src := newSource()
	c := memo.NewCache(src.load)
	get(t, c, 1)
	before := c.Stats()
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for _, key := range []int{1, 2} {
		v, err := c.Get(ctx, key)
		require.Same(t, cause, err)
		require.Zero(t, v)
	}
	require.Equal(t, before, c.Stats())
	require.Zero(t, src.calls[2])
}

func TestCacheForgetAndPurge(t *testing.T) {
	src := newSource()
	c := memo.NewCache(src.load)
	var gone []int
	c.OnEvict(func(key int, value string) {
		require.Equal(t, strconv.Itoa(key), value)
		gone = append(gone, key)
	})
	get(t, c, 1, 2, 3, 1)
	c.Forget(2)
	c.Forget(2)
	c.Forget(7)
	require.Equal(t, []int{2}, gone)
	require.Equal(t, 2, c.Stats().Entries)
	c.Purge()
	c.Purge()
	require.Equal(t, []int{2, 3, 1}, gone)
	require.Equal(t, memo.Stats{Hits: 1, Misses: 3, Loads: 3}, c.Stats())
	get(t, c, 1, 2, 3)
	require.Equal(t, map[int]int{1: 2, 2: 2, 3: 2}, src.calls)
}

func TestCacheCost(t *testing.T) {
	c := memo.NewCache(newSource().load, memo.Options{Size: 10})
	c.Cost(func(key int, _ string) int { return key })
	var gone []int
	c.OnEvict(func(key int, _ string) { gone = append(gone, key) })
	get(t, c, 5, 4, 0) // 0 costs 1
	require.Equal(t, 10, c.Stats().Cost)
	get(t, c, 11) // is never kept, and drives nobody out
	require.Equal(t, 10, c.Stats().Cost)
	require.Empty(t, gone)
	get(t, c, 5, 6) // 4 and 0 leave 5 of the 6
	require.Equal(t, []int{4, 0, 5}, gone)
	require.Equal(t, memo.Stats{Hits: 1, Misses: 5, Loads: 5, Evictions: 3, Entries: 1, Cost: 6}, c.Stats())
	get(t, c, 10)
	require.Equal(t, 10, c.Stats().Cost)
	require.Equal(t, 1, c.Stats().Entries)
}

// A callback can use the cache that calls it.
func TestCacheCallbacksHoldNoLock(t *testing.T) {
	var c *memo.Cache[int, string]
	use := func() { c.Stats(); c.Forget(100); get(t, c, 200) }
	c = memo.NewCache(func(_ context.Context, key int) (string, error) {
		if key < 100 {
			use()
		}
		return strconv.Itoa(key), nil
	}, memo.Options{Size: 2})
	c.Cost(func(key int, _ string) int {
		if key < 100 {
			use()
		}
		return 1
	})
	evicted := 0
	c.OnEvict(func(int, string) {
		if evicted++; evicted < 10 {
			use()
		}
	})
	get(t, c, 1, 2, 3, 4)
	c.Forget(4)
	c.Purge()
	require.GreaterOrEqual(t, evicted, 4)
}

func TestCacheCallbackPanics(t *testing.T) {
	for _, which := range []string{"cost", "negative", "evict"} {
		for _, ctx := range map[string]context.Context{"own": context.Background(), "launched": t.Context()} {
			c := memo.NewCache(newSource().load, memo.Options{Size: 1})
			want, failures := any(which), 1
			switch which {
			case "cost":
				c.Cost(func(int, string) int { panic(which) })
			case "negative":
				c.Cost(func(int, string) int { return -3 })
				want = "memo: an entry with the cost -3, want at least 0"
			case "evict":
				c.OnEvict(func(int, string) { panic(which) })
				get(t, c, 1)
				failures = 0 // 2 is there
			}
			pe := panicOf(t, func() { c.Get(ctx, 2) })
			require.Equal(t, want, pe.Value)
			require.Contains(t, string(pe.Stack), "flight.go")
			require.EqualValues(t, failures, c.Stats().Failures)
		}
	}
}

// What cannot be found again in a map, or not looked for, leaves no trace.
func TestCacheStrangeKeys(t *testing.T) {
	calls := 0
	c := memo.NewCache(func(_ context.Context, key any) (int, error) {
		calls++
		return calls, nil
	})
	for want := range 3 {
		v, err := c.Get(t.Context(), math.NaN())
		require.NoError(t, err)
		require.Equal(t, want+1, v)
		c.Forget(math.NaN())
	}
	require.Panics(t, func() { c.Get(t.Context(), []int{1}) })
	require.Panics(t, func() { c.Forget([]int{1}) })
	require.Equal(t, memo.Stats{}, c.Stats()) // the lock is open
	v, err := c.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, 4, v)
}

func TestCacheMisuse(t *testing.T) {
	load := newSource().load
	cost, evict := func(int, string) int { return 1 }, func(int, string) {}
	used := memo.NewCache(load, memo.Options{Size: 5})
	get(t, used, 1)
	for want, call := range map[string]func(){
		"memo: NewCache of a nil function": func() {
			memo.NewCache[int, string](nil)
		},
		"memo: NewCache with 2 memo.Options arguments, want at most one": func() {
			memo.NewCache(load, memo.Options{}, memo.Options{})
		},
		"memo: NewCache with size -2, want at least -1": func() {
			memo.NewCache(load, memo.Options{Size: -2})
		},
		"memo: NewCache with a negative TTL, -1s": func() {
			memo.NewCache(load, memo.Options{TTL: -time.Second})
		},
		"memo: Memoize of a nil function": func() { memo.Memoize[int, string](nil) },
		"memo: Once of a nil function":    func() { memo.Once[int](nil) },
		"memo: Memoize with size -2, want at least -1": func() {
			memo.Memoize(load, memo.Options{Size: -2})
		},
		"memo: Cache.Cost without Options.Size":   func() { memo.NewCache(load).Cost(cost) },
		"memo: Cache.Cost after the first Get":    func() { used.Cost(cost) },
		"memo: Cache.Cost of a nil function":      func() { memo.NewCache(load).Cost(nil) },
		"memo: Cache.OnEvict after the first Get": func() { used.OnEvict(evict) },
		"memo: Cache.OnEvict of a nil function":   func() { memo.NewCache(load).OnEvict(nil) },
		"memo: Cache not made by NewCache":        func() { _, _ = new(memo.Cache[int, string]).Get(t.Context(), 1) },
	} {
		require.PanicsWithValue(t, want, call)
	}
	memo.NewCache(load, memo.Options{Size: -1}).Cost(cost) // counts what is kept
}

func TestCacheAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	ctx := t.Context()
	load := functional.Lift(strconv.Itoa)
	hits := memo.Memoize(load)
	aging := memo.Memoize(load, memo.Options{TTL: time.Hour})
	small := memo.Memoize(load, memo.Options{Size: 2})
	once := memo.Once(func(ctx context.Context) (string, error) { return "x", nil })
	i := 0
	for name, c := range map[string]struct {
		budget float64
		run    func()
	}{
		"hit":                {0, func() { i++; hits(ctx, i%100) }},
		"hit with TTL":       {0, func() { i++; aging(ctx, i%100) }},
		"once":               {0, func() { once(ctx) }},
		"miss of its own":    {1, func() { i++; small(context.Background(), i%100) }},
		"miss in a launched": {7, func() { i++; small(ctx, i%100) }},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				c.run()
			}
			require.LessOrEqual(t, testing.AllocsPerRun(1000, c.run), c.budget)
		})
	}
}

// panicOf calls f and returns what it panics with.
func panicOf(t *testing.T, f func()) (pe *memo.PanicError) {
	t.Helper()
	defer func() {
		t.Helper()
		v := recover()
		require.IsType(t, pe, v)
		pe = v.(*memo.PanicError)
	}()
	f()
	return nil
}
