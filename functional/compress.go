package functional

import "iter"

// Compress returns those elements of seq for which the element of selectors at
// the same position is true, up to the end of the shorter sequence. It is Python's
// itertools.compress.
//
// Nothing runs until the result is ranged over. The sequences are read as by
// [Zip], seq first. Compress panics at once when a sequence is nil. For the cost see
// [ZipOptions].
func Compress[A any](seq iter.Seq[A], selectors iter.Seq[bool], options ...ZipOptions) iter.Seq[A] {
	if seq == nil || selectors == nil {
		panic("functional: Compress of a nil sequence")
	}
	ahead := zipOptions("Compress", options)
	return func(yield func(A) bool) {
		next, stop := pull(selectors, ahead)
		defer stop()
		seq(func(a A) bool {
			selected, ok := next()
			return ok && (!selected || yield(a))
		})
	}
}
