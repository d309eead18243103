package caches_test

import (
	"context"
	"sync"
	"testing"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/expirable"
	"github.com/maypok86/otter/v2"

	"github.com/fanfold/fanfold/functional/memo"
)

// A getFunc returns the value of a key, kept or loaded.
type getFunc func(ctx context.Context, key int) (int, error)

// A contender makes caches of load for size entries that live as long as ttl, or as
// long as there is room if that is 0.
type contender struct {
	name string
	make func(tb testing.TB, size int, ttl time.Duration) getFunc
}

var contenders = []contender{
	{"map", lockedMap},
	{"golang-lru", golangLRU},
	{"otter", otterCache},
	{"fanfold", fanfold},
}

// load is what is remembered.
func load(_ context.Context, key int) (int, error) { return key + 1, nil }

// lockedMap forgets nothing, and has no use for a size or a time.
func lockedMap(testing.TB, int, time.Duration) getFunc {
	var mu sync.Mutex
	values := map[int]int{}
	return func(ctx context.Context, key int) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if v, ok := values[key]; ok {
			return v, nil
		}
		v, err := load(ctx, key)
		if err == nil {
			values[key] = v
		}
		return v, err
	}
}

func golangLRU(tb testing.TB, size int, ttl time.Duration) getFunc {
	var cache interface {
		Get(int) (int, bool)
		Add(int, int) bool
	}
	if ttl > 0 {
		cache = expirable.NewLRU[int, int](size, nil, ttl)
	} else {
		c, err := lru.New[int, int](size)
		if err != nil {
			tb.Fatal(err)
		}
		cache = c
	}
	return func(ctx context.Context, key int) (int, error) {
		if v, ok := cache.Get(key); ok {
			return v, nil
		}
		v, err := load(ctx, key)
		if err == nil {
			cache.Add(key, v)
		}
		return v, err
	}
}

func otterCache(tb testing.TB, size int, ttl time.Duration) getFunc {
	options := &otter.Options[int, int]{MaximumSize: size}
	if ttl > 0 {
		options.ExpiryCalculator = otter.ExpiryWriting[int, int](ttl)
	}
	cache := otter.Must(options)
	tb.Cleanup(func() { cache.StopAllGoroutines() })
	loader := otter.LoaderFunc[int, int](load)
	return func(ctx context.Context, key int) (int, error) { return cache.Get(ctx, key, loader) }
}

func fanfold(_ testing.TB, size int, ttl time.Duration) getFunc {
	return memo.Memoize(load, memo.Options{Size: size, TTL: ttl})
}
