package functional

// Identity returns a. It stands where an operator wants a function and the
// values are right as they are.
func Identity[A any](a A) A { return a }

// Const returns a function that returns b whatever it is given. The type of what
// it is given cannot be inferred and is written out: Const[string](1).
func Const[A, B any](b B) func(A) B {
	return func(A) B { return b }
}

// Flip returns f with its two arguments exchanged. It panics when f is nil. A
// call of the result costs one more call than f.
func Flip[A, B, C any](f func(A, B) C) func(B, A) C {
	if f == nil {
		panic("functional: Flip of a nil function")
	}
	return func(b B, a A) C { return f(a, b) }
}

// Not returns the opposite of the predicate f: with [Filter] it is Python's
// itertools.filterfalse. It panics when f is nil. A call of the result costs one
// more call than f.
func Not[A any](f func(A) bool) func(A) bool {
	if f == nil {
		panic("functional: Not of a nil function")
	}
	return func(a A) bool { return !f(a) }
}
