package functional

import "iter"

// GroupBy returns the elements of seq by their keys; those of a key are in the
// order of seq. It is not Python's itertools.groupby, which is [GroupRuns], but
// what one gets from it after sorting by the key.
//
// GroupBy ranges over seq in the calling goroutine and does not return before seq
// ends. The map is never nil. It panics when seq or key is nil, and as maps do when
// a key of an interface type cannot be compared. Its allocations are those of the
// map and of one append for each element.
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
// together with that key. It is Python's itertools.groupby; a key comes once for
// every run it has. For one group for each key there is [GroupBy].
//
// Nothing runs until the result is ranged over, and then key runs once for each
// element, in the goroutine that ranges. A run is yielded when the first element
// behind it has been read, or seq has ended; it is a new slice and the loop may
// keep it. GroupRuns panics at once when seq or key is nil. Its allocations are
// those of one append for each element.
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

// CountBy returns how many elements of seq each key has. With a key that returns
// its argument it is Python's collections.Counter.
//
// CountBy ranges over seq in the calling goroutine and does not return before seq
// ends. The map is never nil. It panics when seq or key is nil, and as maps do when
// a key of an interface type cannot be compared.
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

// Partition returns those a of seq for which is(a) is true and those for which it
// is false, both in the order of seq and never nil. It is the recipe partition of
// Python's itertools, which returns the second first.
//
// Partition ranges over seq in the calling goroutine and does not return before
// seq ends. It panics when seq or is is nil. Its allocations are those of append.
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
