package try

import "iter"

// TakeWhile is [functional.TakeWhile] for a function that can fail. Where while
// fails it yields (zero, err) and continues, because an error is not an answer.
// [Map] says what an error means.
func TakeWhile[A any](seq iter.Seq[A], while func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || while == nil {
		panic("try: TakeWhile of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seq(func(a A) bool {
			switch ok, err := while(a); {
			case err != nil:
				return yield(zero, err)
			default:
				return ok && yield(a, nil)
			}
		})
	}
}

// DropWhile is [functional.DropWhile] for a function that can fail. Where while
// fails it yields (zero, err) and continues to drop, because an error is not an
// answer. [Map] says what an error means.
func DropWhile[A any](seq iter.Seq[A], while func(A) (bool, error)) iter.Seq2[A, error] {
	if seq == nil || while == nil {
		panic("try: DropWhile of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		dropping := true
		seq(func(a A) bool {
			if dropping {
				ok, err := while(a)
				if err != nil {
					return yield(zero, err)
				}
				if ok {
					return true
				}
				dropping = false
			}
			return yield(a, nil)
		})
	}
}
