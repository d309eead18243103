package functional

import "context"

// Lift makes of a function that cannot fail the kind of function that the
// parallel operators take. The result does not look at its context and always
// returns a nil error.
//
// Lift panics when f is nil. The result costs one more call than f.
func Lift[A, B any](f func(A) B) func(context.Context, A) (B, error) {
	if f == nil {
		panic("functional: Lift of a nil function")
	}
	return func(_ context.Context, a A) (B, error) { return f(a), nil }
}
