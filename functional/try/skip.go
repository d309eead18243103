package try

import "iter"

// Skip returns the values of seq and hands its errors to report, which runs in the
// goroutine that ranges: to log or count them. [Until] stops at the first error
// instead.
//
// Nothing runs until the result is ranged over. Skip panics at once when seq or
// report is nil: ignoring errors is a function that somebody wrote.
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
