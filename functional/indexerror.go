package functional

import (
	"fmt"
	"iter"
)

// An IndexError is the error of one element and says which element that was.
type IndexError struct {
	Index int   // position in the sequence, counted from 0
	Err   error // what went wrong there
}

// Error returns the text of Err with the index before it.
func (e *IndexError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

// Unwrap returns Err, so that errors.Is and errors.As find it.
func (e *IndexError) Unwrap() error { return e.Err }

// Indexed returns seq with each error wrapped in an *[IndexError] that holds its
// position in seq, values and errors counted alike.
//
// Nothing runs until the result is ranged over. Indexed panics at once when seq is
// nil. It allocates for errors only.
func Indexed[A any](seq iter.Seq2[A, error]) iter.Seq2[A, error] {
	if seq == nil {
		panic("functional: Indexed of a nil sequence")
	}
	return func(yield func(A, error) bool) {
		i := -1
		seq(func(a A, err error) bool {
			if i++; err != nil {
				err = &IndexError{i, err}
			}
			return yield(a, err)
		})
	}
}

// Skip returns the values of seq and hands its errors to report, which runs in the
// goroutine that ranges: to log or count them. [Until] stops at the first error
// instead.
//
// Nothing runs until the result is ranged over. Skip panics at once when seq or
// report is nil: ignoring errors is a function that somebody wrote.
func Skip[A any](seq iter.Seq2[A, error], report func(error)) iter.Seq[A] {
	if seq == nil || report == nil {
		panic("functional: Skip of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seq(func(a A, err error) bool {
			if err != nil {
				report(err)
				return true
			}
			return yield(a)
		})
	}
}
