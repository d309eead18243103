package try

import "iter"

// Skip returns the values of seq and passes its errors to report, which logs or
// counts them. [Until] stops at the first error instead.
//
// Nothing runs until a loop ranges over the result. Then report runs in the
// loop's goroutine. Skip panics at once when seq or report is nil: to ignore
// errors, pass a function that does nothing.
func Skip[A any](seq iter.Seq2[A, error], report func(error)) iter.Seq[A] {
	if seq == nil || report == nil {
		panic("try: Skip of a nil sequence or function")
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
