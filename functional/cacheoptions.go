package functional

import (
	"fmt"
	"math"
	"time"
)

// CacheOptions bounds a [Cache]. The zero value is the default of each field, and
// leaving the argument out is the same as CacheOptions{}.
type CacheOptions struct {
	// Size is how many entries the cache holds at most or, after [Cache.Cost],
	// what they may cost together. 0 means 128 entries, the default of Python's
	// lru_cache; -1 means no bound.
	Size int

	// TTL is how long after its load has returned a value is given out. 0 means
	// as long as it is kept.
	TTL time.Duration
}

const (
	defaultCacheSize = 128

	// noTTL is a TTL that is never over.
	noTTL = time.Duration(math.MaxInt64)
)

// cacheOptions returns the options of the function op, checked.
func cacheOptions(op string, options []CacheOptions) CacheOptions {
	var o CacheOptions
	switch len(options) {
	case 0:
	case 1:
		o = options[0]
	default:
		panic(fmt.Sprintf("functional: %s with %d CacheOptions arguments, want at most one", op, len(options)))
	}
	if o.Size < -1 {
		panic(fmt.Sprintf("functional: %s with size %d, want at least -1", op, o.Size))
	}
	if o.TTL < 0 {
		panic(fmt.Sprintf("functional: %s with a negative TTL, %v", op, o.TTL))
	}
	return o
}
