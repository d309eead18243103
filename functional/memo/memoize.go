package memo

import "context"

// Memoize returns a function that remembers the values of f. For a key that it
// remembers it returns the value without a call of f. It is Python's
// functools.lru_cache. As there, it remembers 128 keys by default and evicts
// the least recently used first.
//
// The result is the [Cache.Get] of a new [Cache]: Get describes concurrent
// calls, contexts, errors and panics. To memoize a function of several
// arguments, make a struct of them. The memory lives as long as the returned
// function.
//
// Memoize panics when f is nil and for options that [NewCache] refuses. A call
// for a key that is remembered costs tens of nanoseconds and no allocation.
func Memoize[K comparable, V any](f func(context.Context, K) (V, error), options ...Options) func(context.Context, K) (V, error) {
	return newCache("Memoize", f, options).Get
}
