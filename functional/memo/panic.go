package memo

import "github.com/fanfold/fanfold/internal/panics"

// A PanicError holds the value and the stack of a panic. The result of
// [Memoize] or [Once], and [Cache.Get], panic with one in every caller that
// waits for the function that panicked.
type PanicError = panics.PanicError
