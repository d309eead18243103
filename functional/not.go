package functional

// Not returns the opposite of the predicate f. With [Filter] it is Python's
// itertools.filterfalse. Not panics when f is nil. A call of the result costs
// one call more than f.
func Not[A any](f func(A) bool) func(A) bool {
	if f == nil {
		panic("functional: Not of a nil function")
	}
	return func(a A) bool { return !f(a) }
}
