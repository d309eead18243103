package functional

import (
	"iter"
	"slices"
)

// Chain returns the elements of the sequences, one sequence after the other. It
// is Python's itertools.chain. For a sequence of sequences use [Flatten].
//
// Nothing runs until a loop ranges over the result. Each sequence starts when
// the one before it has ended. Chain panics at once when a sequence is nil.
func Chain[A any](seqs ...iter.Seq[A]) iter.Seq[A] {
	if slices.ContainsFunc(seqs, isNil) {
		panic("functional: Chain of a nil sequence")
	}
	seqs = slices.Clone(seqs)
	return func(yield func(A) bool) {
		more := true
		for _, seq := range seqs {
			seq(func(a A) bool {
				more = yield(a)
				return more
			})
			if !more {
				return
			}
		}
	}
}

// Interleave returns the first element of each sequence, then the second
// element of each, and so on. It leaves out sequences that have ended, until
// all have. It is the recipe roundrobin of Python's itertools.
//
// Nothing runs until a loop ranges over the result. Interleave reads an element
// only when the loop asks for it. Each sequence runs in its own goroutine,
// which takes turns with the loop and ends before the loop is left. An element
// costs a switch between goroutines, about 100 ns. Interleave panics at once
// when a sequence is nil.
func Interleave[A any](seqs ...iter.Seq[A]) iter.Seq[A] {
	if slices.ContainsFunc(seqs, isNil) {
		panic("functional: Interleave of a nil sequence")
	}
	seqs = slices.Clone(seqs)
	return func(yield func(A) bool) {
		nexts := make([]func() (A, bool), len(seqs))
		for i, seq := range seqs {
			next, stop := iter.Pull(seq)
			defer stop()
			nexts[i] = next
		}
		for len(nexts) > 0 {
			going := nexts[:0]
			for _, next := range nexts {
				a, ok := next()
				if !ok {
					continue
				}
				if !yield(a) {
					return
				}
				going = append(going, next)
			}
			nexts = going
		}
	}
}

func isNil[A any](seq iter.Seq[A]) bool { return seq == nil }
