package memo

import "context"

// Memoize returns f with a memory: called with a key it has been called with
// before, it returns the value of that time without calling f. It is Python's
// functools.lru_cache, and like it remembers 128 keys unless options says
// otherwise, forgetting first what was least recently asked for.
//
// The result is the [Cache.Get] of a new [Cache]: it says what is shared between
// concurrent calls, what happens when their contexts end, and how errors and
// panics arrive. A function of several arguments is memoized over a struct of
// them. The memory lives as long as the returned function.
//
// Memoize panics when f is nil and for options that [NewCache] refuses. A call
// that finds its key costs some tens of nanoseconds and no allocation.
func Memoize[K comparable, V any](f func(context.Context, K) (V, error), options ...Options) func(context.Context, K) (V, error) {
	return newCache("Memoize", f, options).Get
}
