package try

import "iter"

// Until returns the values of seq up to its first error, which it stores in
// *err. It lets a sequence that can fail pass through operators that know no
// errors:
//
//	var err error
//	sum := functional.Fold(try.Until(seq, &err), 0, add)
//	if err != nil { … }
//
// *err is written when the result is ranged over: nil at the beginning, the
// error when it comes. Look at it after the loop; it is nil when the loop was
// left before an error. Until panics at once when seq or err is nil.
func Until[A any](seq iter.Seq2[A, error], err *error) iter.Seq[A] {
	if seq == nil || err == nil {
		panic("try: Until of a nil sequence or error pointer")
	}
	return func(yield func(A) bool) {
		*err = nil
		seq(func(a A, e error) bool {
			if e != nil {
				*err = e
				return false
			}
			return yield(a)
		})
	}
}
