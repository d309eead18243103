package functional

import (
	"fmt"
	"iter"
	"slices"
)

// Tee ranges over seq once and lets each of the consumers range over all of its
// elements: a sum, a count and a top ten in a single pass. It returns when all
// consumers have returned. Python's itertools.tee keeps what one reader has and
// another has not yet read, however much that is; Tee keeps one element, because
// the consumers advance together. [TeeUnbounded] is Python's.
//
// Tee blocks until seq and the consumers have ended. Each consumer runs in a
// goroutine of its own, but only one of them, or seq, at a time: they may share
// variables without locks, and must not wait for each other. For each element they
// run in the order of the arguments; seq is asked for the next when all of them
// have asked. A consumer may leave early, and when all have left seq is stopped. A
// consumer's sequence goes on where its last range over it ended, and ends when the
// consumer returns.
//
// A panic or Goexit of seq or of a consumer ends the sequences of the other
// consumers, waits until these have returned and is raised in the caller. Tee
// panics when seq or a consumer is nil. An element costs a switch between
// goroutines, some 100 ns, for each consumer.
func Tee[A any](seq iter.Seq[A], consumers ...func(iter.Seq[A])) {
	if seq == nil || slices.ContainsFunc(consumers, func(c func(iter.Seq[A])) bool { return c == nil }) {
		panic("functional: Tee of a nil sequence or function")
	}
	var element A
	ended := false
	// A consumer is a coroutine that is resumed when there is something for it and
	// suspends itself when it wants more.
	var waiting []func() (struct{}, bool)
	for _, consume := range consumers {
		resume, stop := iter.Pull(func(wait func(struct{}) bool) {
			consume(func(yield func(A) bool) {
				for !ended && wait(struct{}{}) && !ended && yield(element) {
				}
			})
		})
		defer stop()
		waiting = append(waiting, resume)
	}
	resume := func() (more bool) {
		waiting = slices.DeleteFunc(waiting, func(resume func() (struct{}, bool)) bool {
			_, wants := resume()
			return !wants
		})
		return len(waiting) > 0
	}
	if !resume() {
		return
	}
	seq(func(a A) bool {
		element = a
		return resume()
	})
	ended = true
	resume()
}

// TeeUnbounded returns n sequences that each have all elements of seq, which is
// ranged over once, and a function that stops seq. It is Python's itertools.tee.
//
// An element that one of the sequences has yielded is kept until all others have:
// nothing bounds how much that is. Use [Tee] where the consumers can advance
// together.
//
// Nothing runs until one of the sequences is ranged over. A sequence goes on where
// the last range over it ended; elements behind it are garbage. The sequences must
// not be used by several goroutines at once. seq runs in a goroutine of its own,
// which stays suspended until seq has ended or stop is called: defer stop. After
// stop the sequences still yield what was read for one of them, and then end; stop
// can be called more than once. TeeUnbounded panics at once when seq is nil or n
// is not positive. An element costs one allocation, and the switch between
// goroutines once, some 100 ns.
func TeeUnbounded[A any](seq iter.Seq[A], n int) (seqs []iter.Seq[A], stop func()) {
	if seq == nil {
		panic("functional: TeeUnbounded of a nil sequence")
	}
	if n <= 0 {
		panic(fmt.Sprintf("functional: TeeUnbounded into %d sequences", n))
	}
	// The elements form a list to which the reader in front appends; each reader
	// holds the node that comes next for it, which may not be filled yet.
	type node struct {
		element A
		next    *node // nil while the node is not filled
	}
	next, stop := iter.Pull(seq)
	first := new(node)
	for range n {
		at := first
		seqs = append(seqs, func(yield func(A) bool) {
			for {
				if at.next == nil {
					a, ok := next()
					if !ok {
						return
					}
					at.element, at.next = a, new(node)
				}
				a := at.element
				at = at.next
				if !yield(a) {
					return
				}
			}
		})
	}
	return seqs, stop
}
