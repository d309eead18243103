package try

import "iter"

// Until returns the values of seq before its first error, and stores that error
// in *err. A sequence that can fail passes so through operators that know no
// errors:
//
//	var err error
//	sum := functional.Fold(try.Until(seq, &err), 0, add)
//	if err != nil { … }
//
// Until writes *err when a loop ranges over the result: nil at the beginning,
// the error when it comes. Look at *err after the loop. It is nil when the loop
// was left before an error. Until panics at once when seq or err is nil.
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
