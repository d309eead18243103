package functional

import "iter"

// TryMap returns the sequence of f(a) for each a of seq, in order, for a
// function that can fail: (b, nil) where it succeeded and (zero, err) where it
// did not.
//
// An error concerns its element only. The sequence goes on as long as the loop
// over it does, so the consumer decides: break at the first error, count errors,
// or let [TryCollect] or [Until] stop there. After the break neither f nor seq is
// asked again.
//
// Nothing runs until the result is ranged over, and then f runs in the goroutine
// that ranges. TryMap panics at once when seq or f is nil.
func TryMap[A, B any](seq iter.Seq[A], f func(A) (B, error)) iter.Seq2[B, error] {
	if seq == nil || f == nil {
		panic("functional: TryMap of a nil sequence or function")
	}
	return func(yield func(B, error) bool) {
		seq(func(a A) bool {
			b, err := f(a)
			if err != nil {
				var zero B
				b = zero
			}
			return yield(b, err)
		})
	}
}

// TryCollect ranges over seq up to its first error and returns the values before
// it, and the error. Without an error it returns all values and nil. It panics
// when seq is nil.
func TryCollect[A any](seq iter.Seq2[A, error]) ([]A, error) {
	if seq == nil {
		panic("functional: TryCollect of a nil sequence")
	}
	var values []A
	for a, err := range seq {
		if err != nil {
			return values, err
		}
		values = append(values, a)
	}
	return values, nil
}

// Until returns the values of seq up to its first error, which it stores in
// *err. It lets a sequence that can fail pass through operators that know no
// errors:
//
//	var err error
//	sum := functional.Fold(functional.Until(seq, &err), 0, add)
//	if err != nil { … }
//
// *err is written when the result is ranged over: nil at the beginning, the
// error when it comes. Look at it after the loop; it is nil when the loop was
// left before an error. Until panics at once when seq or err is nil.
func Until[A any](seq iter.Seq2[A, error], err *error) iter.Seq[A] {
	if seq == nil || err == nil {
		panic("functional: Until of a nil sequence or error pointer")
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
