package functional

import "iter"

// Compress returns the elements of seq for which the element of selectors at
// the same position is true. It ends with the shorter sequence. It is Python's
// itertools.compress.
//
// Nothing runs until a loop ranges over the result. Compress ranges over seq
// and pulls from selectors, as [Zip] does. [ZipOptions] describes the cost.
// Compress panics at once when a sequence is nil.
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
