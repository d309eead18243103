package functional

import "iter"

// Filter returns the sequence of those a of seq for which keep(a) is true, in
// order. It is Python's filter.
//
// Nothing runs until a loop ranges over the result. Then keep runs in the
// loop's goroutine. Filter panics at once when seq or keep is nil.
func Filter[A any](seq iter.Seq[A], keep func(A) bool) iter.Seq[A] {
	if seq == nil || keep == nil {
		panic("functional: Filter of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seq(func(a A) bool { return !keep(a) || yield(a) })
	}
}

// FilterSlice returns a new slice of those a of s for which keep(a) is true, in
// order. The result is never nil, and s does not change. FilterSlice panics
// when keep is nil. It makes one allocation, as large as s.
//
// To filter in place use [slices.DeleteFunc].
func FilterSlice[S ~[]A, A any](s S, keep func(A) bool) S {
	if keep == nil {
		panic("functional: FilterSlice with a nil function")
	}
	out := make(S, len(s))
	n := 0
	for _, a := range s {
		// Every element is written and only n depends on keep: the processor
		// need not guess an unpredictable answer, as it must around an append.
		out[n] = a
		if keep(a) {
			n++
		}
	}
	forget(out, n)
	return out[:n]
}

// forget clears s[n], if there is one: what was written there last was rejected, and
// nothing was ever written behind it.
func forget[S ~[]A, A any](s S, n int) {
	if n < len(s) {
		clear(s[n : n+1])
	}
}
