package functional

import "context"

// Compose returns the function g∘f: Compose(g, f)(a) is g(f(a)). As in
// mathematics, the function that is called last is named first; [Pipe2] has the
// other order.
//
// Compose panics when g or f is nil. A call of the result costs one more call
// than g and f.
func Compose[A, B, C any](g func(B) C, f func(A) B) func(A) C {
	if g == nil || f == nil {
		panic("functional: Compose of a nil function")
	}
	return func(a A) C { return g(f(a)) }
}

// ComposeContext is [Compose] for functions that take a context and can fail:
// the result calls f and, unless that failed, g with what f returned. The first
// error is returned as it is, with a zero value. Both functions get the context
// of the call, and one that has ended is theirs to notice.
func ComposeContext[A, B, C any](g func(context.Context, B) (C, error), f func(context.Context, A) (B, error)) func(context.Context, A) (C, error) {
	if g == nil || f == nil {
		panic("functional: ComposeContext of a nil function")
	}
	return func(ctx context.Context, a A) (C, error) {
		b, err := f(ctx, a)
		if err != nil {
			var zero C
			return zero, err
		}
		return g(ctx, b)
	}
}

// Pipe2 returns g(f(a)): the value first, then the functions in the order they
// are called. It panics like any call when one of them is nil, and costs what
// the calls cost.
func Pipe2[A, B, C any](a A, f func(A) B, g func(B) C) C { return g(f(a)) }

// Pipe3 returns h(g(f(a))); see [Pipe2].
func Pipe3[A, B, C, D any](a A, f func(A) B, g func(B) C, h func(C) D) D { return h(g(f(a))) }

// Pipe4 returns i(h(g(f(a)))); see [Pipe2]. There is no Pipe5: from here on a
// variable for each step reads better.
func Pipe4[A, B, C, D, E any](a A, f func(A) B, g func(B) C, h func(C) D, i func(D) E) E {
	return i(h(g(f(a))))
}
