package try

import "iter"

// Peek is [functional.Peek] for a function that can fail. It yields (a, nil),
// or (zero, err) where look failed. [Map] says what an error means.
func Peek[A any](seq iter.Seq[A], look func(A) error) iter.Seq2[A, error] {
	if seq == nil || look == nil {
		panic("try: Peek of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			if err := look(a); err != nil {
				return yield(zero, err)
			}
			return yield(a, nil)
		})
	}
}
