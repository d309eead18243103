package functional

import "context"

// Partial returns f with its first argument fixed: Partial(f, a)(b) is f(a, b).
// It is Python's functools.partial; [Flip] the function first to fix the second
// argument, and write a func literal for anything more.
//
// The argument is copied once, now: a pointer, slice or map stays shared by all
// calls. Partial panics when f is nil. A call of the result costs one more call
// than f.
func Partial[A, B, C any](f func(A, B) C, a A) func(B) C {
	if f == nil {
		panic("functional: Partial of a nil function")
	}
	return func(b B) C { return f(a, b) }
}

// Partial3 is [Partial] for a function of three arguments: Partial3(f, a)(b, c)
// is f(a, b, c).
func Partial3[A, B, C, D any](f func(A, B, C) D, a A) func(B, C) D {
	if f == nil {
		panic("functional: Partial3 of a nil function")
	}
	return func(b B, c C) D { return f(a, b, c) }
}

// PartialContext is [Partial] for a function that takes a context and can fail;
// the argument after the context is fixed. The result is what [ParMap] and the
// other parallel operators take, and they call it from several goroutines.
func PartialContext[A, B, C any](f func(context.Context, A, B) (C, error), a A) func(context.Context, B) (C, error) {
	if f == nil {
		panic("functional: PartialContext of a nil function")
	}
	return func(ctx context.Context, b B) (C, error) { return f(ctx, a, b) }
}
