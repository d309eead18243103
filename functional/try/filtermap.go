package try

import "iter"

// FilterMap is [functional.FilterMap] for a function that can fail. It yields
// (b, nil) for each a of seq for which f returns (b, true, nil), and (zero,
// err) where f failed. [Map] says what an error means.
func FilterMap[A, B any](seq iter.Seq[A], f func(A) (B, bool, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("try: FilterMap of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		var zero B
		seq(func(a A) bool {
			switch b, ok, err := f(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return !ok || yield(b, nil)
			}
		})
	}
}
