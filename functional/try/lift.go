package try

import "context"

// Lift returns f as the kind of function that the operators of package par
// take. It is [functional.Lift] for a function that can fail, the commonest
// shape of Go:
//
//	files, err := par.Map(ctx, paths, try.Lift(os.ReadFile))
//
// The result does not look at its context. Lift panics when f is nil. A call of
// the result costs one call more than f.
func Lift[A, B any](f func(A) (B, error)) func(context.Context, A) (B, error) {
	if f == nil {
		panic("try: Lift of a nil function")
	}
	return func(_ context.Context, a A) (B, error) { return f(a) }
}
