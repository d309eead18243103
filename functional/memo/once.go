package memo

import (
	"context"
	"sync/atomic"
)

// Once returns a function that calls f until it succeeds and from then on
// returns the value of that success. Callers that come while f runs wait for it
// and share what it returns.
//
// An error or a panic is for those who waited for it and is not kept: the next
// call tries again. That is right for what can fail for a while, such as opening
// a connection; where the first outcome has to stand, whatever it is, there is
// [sync.OnceValues].
//
// Contexts, panics and [runtime.Goexit] are treated as by [Cache.Get]; f must
// not call the function that Once returned. All calls that succeed return the
// same value. Once panics when f is nil. A call after the success costs a few
// nanoseconds, takes no lock and does not allocate.
func Once[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	if f == nil {
		panic("memo: Once of a nil function")
	}
	var kept atomic.Pointer[T]
	call := Memoize(func(ctx context.Context, _ struct{}) (T, error) {
		v, err := f(ctx)
		if err != nil {
			return v, err
		}
		// A call that everybody had left may succeed as well, at any time.
		kept.CompareAndSwap(nil, &v)
		return *kept.Load(), nil
	})
	return func(ctx context.Context) (T, error) {
		if v := kept.Load(); v != nil && ctx.Err() == nil {
			return *v, nil
		}
		return call(ctx, struct{}{})
	}
}
