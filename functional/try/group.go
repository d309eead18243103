package try

import (
	"iter"

	"github.com/fanfold/fanfold/functional"
)

// GroupBy is [functional.GroupBy] for a function that can fail. It stops at the
// first error and returns it with the groups of the elements before.
func GroupBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K][]A, error) {
	if seq == nil || key == nil {
		panic("try: GroupBy of a nil sequence or function")
	}
	groups := map[K][]A{}
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return groups, err
		}
		groups[k] = append(groups[k], a)
	}
	return groups, nil
}

// CountBy is [functional.CountBy] for a function that can fail. It stops at the
// first error and returns it with the counts of the elements before.
func CountBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K]int, error) {
	if seq == nil || key == nil {
		panic("try: CountBy of a nil sequence or function")
	}
	counts := map[K]int{}
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return counts, err
		}
		counts[k]++
	}
	return counts, nil
}

// Partition is [functional.Partition] for a function that can fail. It stops at
// the first error and returns it with the elements before.
func Partition[A any](seq iter.Seq[A], is func(A) (bool, error)) (yes, no []A, err error) {
	if seq == nil || is == nil {
		panic("try: Partition of a nil sequence or function")
	}
	yes, no = []A{}, []A{}
	for a := range seq {
		switch ok, err := is(a); {
		case err != nil:
			return yes, no, err
		case ok:
			yes = append(yes, a)
		default:
			no = append(no, a)
		}
	}
	return yes, no, nil
}

// GroupRuns is [functional.GroupRuns] for a function that can fail. It yields a
// key and its run as a [functional.Pair], with a nil error. Where key fails it
// yields (zero, err) at once, and the run around that element continues without
// it. [Map] says what an error means.
func GroupRuns[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) iter.Seq2[functional.Pair[K, []A], error] {
	if seq == nil || key == nil {
		panic("try: GroupRuns of a nil sequence or function")
	}
	return func(yield func(functional.Pair[K, []A], error) bool) {
		var run functional.Pair[K, []A]
		left := false
		seq(func(a A) bool {
			k, err := key(a)
			switch {
			case err != nil:
				left = !yield(functional.Pair[K, []A]{}, err)
			case run.Second != nil && k == run.First:
				run.Second = append(run.Second, a)
			default:
				ended := run
				run = functional.Pair[K, []A]{First: k, Second: []A{a}}
				left = ended.Second != nil && !yield(ended, nil)
			}
			return !left
		})
		if run.Second != nil && !left {
			yield(run, nil)
		}
	}
}
