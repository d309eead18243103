package try

import "iter"

// FlatMap is [functional.FlatMap] for a function that can fail. It yields (b,
// nil) for the elements b of f(a), and (zero, err) where f failed. [Map] says
// what an error means.
func FlatMap[A, B any](seq iter.Seq[A], f func(A) (iter.Seq[B], error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("try: FlatMap of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		var zero B
		seq(func(a A) bool {
			inner, err := f(a)
			if err != nil {
				return yield(zero, err)
			}
			if inner == nil {
				return true
			}
			more := true
			inner(func(b B) bool {
				more = yield(b, nil)
				return more
			})
			return more
		})
	}
}
