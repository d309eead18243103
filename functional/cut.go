package functional

import "iter"

// Drop returns the elements of seq after the first n, in order. It is Python's
// itertools.islice(seq, n, None).
//
// Nothing runs until a loop ranges over the result. Then Drop reads the first n
// elements and discards them. It panics at once when seq is nil or n is
// negative.
func Drop[A any](seq iter.Seq[A], n int) iter.Seq[A] {
	checkDrop(seq == nil, n)
	return func(yield func(A) bool) {
		left := n
		seq(func(a A) bool {
			if left > 0 {
				left--
				return true
			}
			return yield(a)
		})
	}
}

// TakeWhile returns the elements of seq before the first for which while is
// false, in order. It is Python's itertools.takewhile.
//
// Nothing runs until a loop ranges over the result. Then while runs in the
// loop's goroutine. TakeWhile reads the first element for which while is false
// and discards it. It panics at once when seq or while is nil.
func TakeWhile[A any](seq iter.Seq[A], while func(A) bool) iter.Seq[A] {
	if seq == nil || while == nil {
		panic("functional: TakeWhile of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seq(func(a A) bool { return while(a) && yield(a) })
	}
}

// DropWhile returns the elements of seq from the first for which while is
// false, in order. It is Python's itertools.dropwhile.
//
// Nothing runs until a loop ranges over the result. Then while runs in the
// loop's goroutine, until it returns false for the first time. DropWhile panics
// at once when seq or while is nil.
func DropWhile[A any](seq iter.Seq[A], while func(A) bool) iter.Seq[A] {
	if seq == nil || while == nil {
		panic("functional: DropWhile of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		dropping := true
		seq(func(a A) bool {
			if dropping && while(a) {
				return true
			}
			dropping = false
			return yield(a)
		})
	}
}

// StepBy returns every nth element of seq, beginning with the first. It is
// Python's itertools.islice(seq, None, None, n).
//
// Nothing runs until a loop ranges over the result. StepBy reads the elements
// between two results when the loop asks for the second. It panics at once when
// seq is nil or n is not positive.
func StepBy[A any](seq iter.Seq[A], n int) iter.Seq[A] {
	checkStep(seq == nil, n)
	return func(yield func(A) bool) {
		between := 0
		seq(func(a A) bool {
			if between > 0 {
				between--
				return true
			}
			between = n - 1
			return yield(a)
		})
	}
}
