package functional

import "context"

// Lift returns f as the kind of function that the operators of package par
// take:
//
//	lengths, err := par.Map(ctx, words, functional.Lift(length))
//
// The result does not look at its context and always returns a nil error.
// try.Lift is Lift for a function that can fail. Lift panics when f is nil. A
// call of the result costs one call more than f.
func Lift[A, B any](f func(A) B) func(context.Context, A) (B, error) {
	if f == nil {
		panic("functional: Lift of a nil function")
	}
	return func(_ context.Context, a A) (B, error) { return f(a), nil }
}
