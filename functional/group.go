package functional

import "iter"

// GroupBy returns the elements of seq by their keys. The elements of a key are
// in the order of seq. Python's itertools.groupby is not GroupBy but
// [GroupRuns].
//
// GroupBy ranges over seq in the calling goroutine and returns when seq ends.
// The map is never nil. GroupBy panics when seq or key is nil and, as a map
// does, when a key of an interface type cannot be compared. It allocates for
// the map, and as append does for the elements of each key.
func GroupBy[A any, K comparable](seq iter.Seq[A], key func(A) K) map[K][]A {
	if seq == nil || key == nil {
		panic("functional: GroupBy of a nil sequence or function")
	}
	groups := map[K][]A{}
	for a := range seq {
		k := key(a)
		groups[k] = append(groups[k], a)
	}
	return groups
}

// GroupRuns returns each run of consecutive elements of seq with equal keys,
// together with that key. It is Python's itertools.groupby: a key comes once
// for each of its runs. For one group for each key use [GroupBy].
//
// Nothing runs until a loop ranges over the result. Then key runs once for each
// element, in the loop's goroutine. A run is yielded when the first element
// after it has been read, or seq has ended. It is a new slice that the loop may
// keep. GroupRuns panics at once when seq or key is nil. It allocates as append
// does for the elements of each run.
func GroupRuns[A any, K comparable](seq iter.Seq[A], key func(A) K) iter.Seq2[K, []A] {
	if seq == nil || key == nil {
		panic("functional: GroupRuns of a nil sequence or function")
	}
	return func(yield func(K, []A) bool) {
		var runKey K
		var run []A
		seq(func(a A) bool {
			k := key(a)
			if run != nil && k == runKey {
				run = append(run, a)
				return true
			}
			ended, endedKey := run, runKey
			run, runKey = nil, k // nothing is left to yield after a break
			if ended != nil && !yield(endedKey, ended) {
				return false
			}
			run = []A{a}
			return true
		})
		if run != nil {
			yield(runKey, run)
		}
	}
}

// CountBy returns how many elements of seq each key has. With a key that
// returns its argument it is Python's collections.Counter.
//
// CountBy ranges over seq in the calling goroutine and returns when seq ends.
// The map is never nil. It panics when seq or key is nil and, as a map does,
// when a key of an interface type cannot be compared.
func CountBy[A any, K comparable](seq iter.Seq[A], key func(A) K) map[K]int {
	if seq == nil || key == nil {
		panic("functional: CountBy of a nil sequence or function")
	}
	counts := map[K]int{}
	for a := range seq {
		counts[key(a)]++
	}
	return counts
}

// Partition returns those a of seq for which is(a) is true and those for which
// it is false, both in the order of seq and never nil. It is the recipe
// partition of Python's itertools, which returns the false ones first.
//
// Partition ranges over seq in the calling goroutine and returns when seq ends.
// It panics when seq or is is nil. It allocates as append does.
func Partition[A any](seq iter.Seq[A], is func(A) bool) (yes, no []A) {
	if seq == nil || is == nil {
		panic("functional: Partition of a nil sequence or function")
	}
	yes, no = []A{}, []A{}
	for a := range seq {
		if is(a) {
			yes = append(yes, a)
		} else {
			no = append(no, a)
		}
	}
	return yes, no
}
