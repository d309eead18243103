package try

import "iter"

// DistinctBy is [functional.DistinctBy] for a function that can fail. It yields
// (a, nil) for the first a of each key, and (zero, err) where key failed. [Map]
// says what an error means.
func DistinctBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) iter.Seq2[A, error] {
	if seq == nil || key == nil {
		panic("try: DistinctBy of a nil sequence or function")
	}
	return func(yield func(A, error) bool) {
		var zero A
		seen := map[K]struct{}{}
		seq(func(a A) bool {
			k, err := key(a)
			if err != nil {
				return yield(zero, err)
			}
			n := len(seen)
			seen[k] = struct{}{}
			return len(seen) == n || yield(a, nil)
		})
	}
}
