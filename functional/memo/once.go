package memo

import (
	"context"
	"sync/atomic"
)

// Once returns a function that calls f until f succeeds. From then on it
// returns the value of that success. Callers that come while f runs wait for it
// and share its result.
//
// An error or a panic reaches the callers that waited for it and is not kept:
// the next call tries again. That suits what can fail for a while, such as
// opening a connection. Where the first outcome must stand, use
// [sync.OnceValues].
//
// Once treats contexts, panics and [runtime.Goexit] as [Cache.Get] does, and a call of
// the returned function within f, which gets a [*CycleError]. All calls that succeed
// return the same value.
// Once panics when f is nil. A call after the success costs a few nanoseconds,
// takes no lock and does not allocate.
func Once[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	if f == nil {
		panic("memo: Once of a nil function")
	}
	var kept atomic.Pointer[T]
	call := Memoize(func(ctx context.Context, _ onceKey) (T, error) {
		v, err := f(ctx)
		if err != nil {
			return v, err
		}
		// A call that all waiters had left may succeed as well, at any time.
		kept.CompareAndSwap(nil, &v)
		return *kept.Load(), nil
	})
	return func(ctx context.Context) (T, error) {
		if v := kept.Load(); v != nil && ctx.Err() == nil {
			return *v, nil
		}
		return call(ctx, onceKey{})
	}
}

// onceKey is the only key of a Once.
type onceKey struct{}

func (onceKey) String() string { return "Once" }
