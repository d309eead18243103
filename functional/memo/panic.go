package memo

import "github.com/fanfold/fanfold/internal/panics"

// PanicError is what the callers of a [Cache] or of the result of [Memoize] or
// [Once] panic with when the function behind it panicked: the value and the stack
// of the goroutine it happened in.
type PanicError = panics.PanicError
