package try

import "iter"

// ToMap is [functional.ToMap] for a function that can fail. It stops at the
// first error and returns it with the pairs of the elements before.
func ToMap[A any, K comparable, V any](seq iter.Seq[A], f func(A) (K, V, error)) (map[K]V, error) {
	if seq == nil || f == nil {
		panic("try: ToMap of a nil sequence or function")
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

// KeyBy is [functional.KeyBy] for a function that can fail. It stops at the
// first error and returns it with the elements before.
func KeyBy[A any, K comparable](seq iter.Seq[A], key func(A) (K, error)) (map[K]A, error) {
	if seq == nil || key == nil {
		panic("try: KeyBy of a nil sequence or function")
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
