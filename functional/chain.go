package functional

import (
	"iter"
	"slices"
)

// Chain returns the elements of the sequences, one sequence after the other. It
// is Python's itertools.chain. Use [Flatten] for a sequence of sequences.
//
// Nothing runs until the result is ranged over, and a sequence is not touched
// before those in front of it have ended. Chain panics at once when a sequence is
// nil.
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

// Interleave returns the first element of each of the sequences, then the second
// of each, and so on. A sequence that has ended is left out and the others go on,
// until all have ended. It is the recipe roundrobin of Python's itertools.
//
// Nothing runs until the result is ranged over, and an element is read only when
// it is asked for. Each sequence runs in a goroutine of its own, one at a time
// with the loop, and is stopped before the loop is left: an element costs a switch
// between goroutines, some 100 ns. Interleave panics at once when a sequence is
// nil.
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
