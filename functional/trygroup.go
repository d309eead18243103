package functional

import "iter"

// TryGroupBy is [GroupBy] for a function that can fail. It stops at the first
// error and returns it with the groups of the elements before.
func TryGroupBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K][]A, error) {
	if seq == nil || key == nil {
		panic("functional: TryGroupBy of a nil sequence or function")
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

// TryCountBy is [CountBy] for a function that can fail. It stops at the first
// error and returns it with the counts of the elements before.
func TryCountBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K]int, error) {
	if seq == nil || key == nil {
		panic("functional: TryCountBy of a nil sequence or function")
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

// TryPartition is [Partition] for a function that can fail. It stops at the first
// error and returns it with the elements before.
func TryPartition[A any](seq iter.Seq[A], is func(A) (bool, error)) (yes, no []A, err error) {
	if seq == nil || is == nil {
		panic("functional: TryPartition of a nil sequence or function")
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

// TryToMap is [ToMap] for a function that can fail. It stops at the first error
// and returns it with the pairs of the elements before.
func TryToMap[A any, K comparable, V any](seq iter.Seq[A], f func(A) (K, V, error)) (map[K]V, error) {
	if seq == nil || f == nil {
		panic("functional: TryToMap of a nil sequence or function")
	}
	m := map[K]V{}
	for a := range seq {
		k, v, err := f(a)
		if err != nil {
			return m, err
		}
		m[k] = v
	}
	return m, nil
}

// TryKeyBy is [KeyBy] for a function that can fail. It stops at the first error
// and returns it with the elements before.
func TryKeyBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K]A, error) {
	if seq == nil || key == nil {
		panic("functional: TryKeyBy of a nil sequence or function")
	}
	m := map[K]A{}
	for a := range seq {
		k, err := key(a)
		if err != nil {
			return m, err
		}
		m[k] = a
	}
	return m, nil
}

// TryGroupRuns is [GroupRuns] for a function that can fail. A key comes with its
// run as a [Pair]. An element whose key failed is yielded as (zero, err) at once,
// and the run that it stands in goes on without it; see [TryMap] for what an error
// means.
func TryGroupRuns[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) iter.Seq2[Pair[K, []A], error] {
	if seq == nil || key == nil {
		panic("functional: TryGroupRuns of a nil sequence or function")
	}
	return func(yield func(Pair[K, []A], error) bool) {
		var run Pair[K, []A]
		left := false
		seq(func(a A) bool {
			k, err := key(a)
			switch {
			case err != nil:
				left = !yield(Pair[K, []A]{}, err)
			case run.Second != nil && k == run.First:
				run.Second = append(run.Second, a)
			default:
				ended := run
				run = Pair[K, []A]{k, []A{a}}
				left = ended.Second != nil && !yield(ended, nil)
			}
			return !left
		})
		if run.Second != nil && !left {
			yield(run, nil)
		}
	}
}
