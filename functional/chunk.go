package functional

import "iter"

// Chunk returns the elements of seq in slices of n. The last slice may be
// shorter. It is Python's itertools.batched. For a slice use [slices.Chunk],
// which copies nothing.
//
// Nothing runs until a loop ranges over the result. Each chunk is a new slice
// that the loop may keep. It is yielded as soon as its last element has been
// read. Chunk panics at once when seq is nil or n is not positive. It makes one
// allocation for each chunk after the first.
func Chunk[A any](seq iter.Seq[A], n int) iter.Seq[[]A] {
	checkChunk(seq == nil, n)
	return func(yield func([]A) bool) {
		// Sizes such as math.MaxInt are meant as "all of them": the first chunk
		// grows, and shows that there are n elements at all.
		room := min(n, 64)
		var chunk []A
		seq(func(a A) bool {
			if chunk == nil {
				chunk = make([]A, 0, room)
			}
			chunk = append(chunk, a)
			if len(chunk) < n {
				return true
			}
			full := chunk
			chunk, room = nil, n
			return yield(full)
		})
		if chunk != nil {
			yield(chunk)
		}
	}
}

// Window returns every n consecutive elements of seq: the elements 0 to n-1,
// then 1 to n, and so on. A sequence of fewer than n elements has no window. It
// is the recipe sliding_window of Python's itertools. For n = 2 there is
// [Pairwise].
//
// Nothing runs until a loop ranges over the result. The loop may keep the
// windows but must not write to them: they share memory, so that an element is
// copied once or twice instead of n times. Window panics at once when seq is
// nil or n is not positive. It makes one allocation for several windows.
func Window[A any](seq iter.Seq[A], n int) iter.Seq[[]A] {
	checkWindow(seq == nil, n)
	return func(yield func([]A) bool) {
		var buf []A // ends with the last n-1 elements, or all there were
		seq(func(a A) bool {
			if len(buf) == cap(buf) && len(buf) >= n {
				// Windows in use lie in buf: go on in a new one.
				buf = append(make([]A, 0, 4*n), buf[len(buf)-n+1:]...)
			}
			buf = append(buf, a)
			return len(buf) < n || yield(buf[len(buf)-n:len(buf):len(buf)])
		})
	}
}

// Pairwise returns every two consecutive elements of seq: (a0, a1), (a1, a2)…
// It is Python's itertools.pairwise.
//
// Nothing runs until a loop ranges over the result. Pairwise panics at once
// when seq is nil. It allocates nothing for an element.
func Pairwise[A any](seq iter.Seq[A]) iter.Seq2[A, A] {
	if seq == nil {
		panic("functional: Pairwise of a nil sequence")
	}
	return func(yield func(A, A) bool) {
		var last A
		some := false
		seq(func(a A) bool {
			before, had := last, some
			last, some = a, true
			return !had || yield(before, a)
		})
	}
}
