package try

import "iter"

// Filter is [functional.Filter] for a function that can fail. It yields (a,
// nil) for each a of seq that keep wants, and (zero, err) where keep failed.
// [Map] says what an error means.
func Filter[A any](seq iter.Seq[A], keep func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || keep == nil {
		panic("try: Filter of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			switch ok, err := keep(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return !ok || yield(a, nil)
			}
		})
	}
}
