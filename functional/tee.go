package functional

import (
	"fmt"
	"iter"
	"slices"
)

// Tee ranges over seq once and lets each of the consumers range over all of its
// elements: a sum, a count and a top ten in a single pass. It keeps one
// element, because the consumers advance together. Python's itertools.tee keeps
// what the slowest reader has not read; that is [TeeUnbounded].
//
// Tee blocks until seq and all consumers have ended. Each consumer runs in its
// own goroutine, but only one of them, or seq, runs at a time: they may share
// variables without locks, and must not wait for each other. For each element
// the consumers run in the order of the arguments. Tee asks seq for the next
// element when all of them have asked. A consumer may return early; Tee stops
// seq when all have returned. A second range of a consumer begins where its
// first one ended. Its sequence ends when the consumer returns.
//
// A panic or Goexit of seq or of a consumer ends the sequences of the other
// consumers. Tee waits until they have returned, and raises it in the caller.
// Tee panics when seq or a consumer is nil. An element costs a switch between
// goroutines, about 100 ns, for each consumer.
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

// TeeUnbounded returns n sequences that each have all elements of seq, and a
// function that stops seq. It ranges over seq once. It is Python's
// itertools.tee.
//
// TeeUnbounded keeps an element until all of the sequences have yielded it.
// Nothing bounds how much that is. Use [Tee] where the consumers can advance
// together.
//
// Nothing runs until a loop ranges over one of the sequences. A second range
// over a sequence begins where the first one ended. Several goroutines must not
// use the sequences at once. seq runs in its own goroutine, which stays
// suspended until seq has ended or the caller calls stop: defer stop. After
// stop the sequences yield what has been read, and then end. stop may be called
// more than once. TeeUnbounded panics at once when seq is nil, and unless n
// is from 1 to 1,048,576. An element costs one allocation and one switch between goroutines,
// about 100 ns.
func TeeUnbounded[A any](seq iter.Seq[A], n int) (seqs []iter.Seq[A], stop func()) {
	if seq == nil {
		panic("functional: TeeUnbounded of a nil sequence")
	}
	if n <= 0 || n > maxTee {
		panic(fmt.Sprintf("functional: TeeUnbounded into %d sequences, want 1 to %d", n, maxTee))
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

// maxTee is the largest number of sequences of a [TeeUnbounded]: each costs memory at once.
const maxTee = 1 << 20
