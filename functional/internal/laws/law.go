// Package laws tests operators on sequences: each says what it promises, and one
// set of tests holds all of them to that.
package laws

import "iter"

// A Law is what one operator promises, as a naive reference says it.
type Law struct {
	name string

	// run applies the operator to src and returns the text of each element of
	// the result. Every function that it hands to the operator calls hook.
	run func(src iter.Seq[int], hook func()) iter.Seq[string]

	// want is what the operator makes of the elements s.
	want func(s []int) []string

	lazy bool // it yields before src ends
}

// Sequence is a law about an operator that makes a sequence.
func Sequence(name string, lazy bool, run func(src iter.Seq[int], hook func()) iter.Seq[string], want func(s []int) []string) Law {
	return Law{name: name, run: run, want: want, lazy: lazy}
}

// Answer is a law about an operator that makes one value of a sequence.
func Answer(name string, lazy bool, run func(src iter.Seq[int], hook func()) string, want func(s []int) string) Law {
	return Law{
		name: name,
		run: func(src iter.Seq[int], hook func()) iter.Seq[string] {
			return Result(func() string { return run(src, hook) })
		},
		want: func(s []int) []string { return []string{want(s)} },
		lazy: lazy,
	}
}

// held are the laws that [Test] tests.
var held []Law

// Hold adds laws to those that [Test] tests. It returns a value so that a variable
// of a test file can call it.
func Hold(l ...Law) struct{} {
	held = append(held, l...)
	return struct{}{}
}
