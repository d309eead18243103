package try

import (
	"iter"

	"github.com/fanfold/fanfold/functional"
)

// Indexed returns seq with each error wrapped in an *[functional.IndexError],
// which holds the position in seq. Values and errors count alike. An error that
// is an *IndexError already, as those of par.MapSeq are, stays as it is.
//
// Nothing runs until a loop ranges over the result. Indexed panics at once when
// seq is nil. It allocates for errors only.
func Indexed[A any](seq iter.Seq2[A, error]) iter.Seq2[A, error] {
	if seq == nil {
		panic("try: Indexed of a nil sequence")
	}
	return func(yield func(A, error) bool) {
		i := -1
		seq(func(a A, err error) bool {
			i++
			if _, indexed := err.(*functional.IndexError); err != nil && !indexed {
				err = &functional.IndexError{Index: i, Err: err}
			}
			return yield(a, err)
		})
	}
}
