package functional

import "iter"

// ToMap returns the map of the pairs f(a) for each a of seq. Of several values
// for a key the last one stays. It is Python's dict comprehension. For a
// sequence of pairs use [maps.Collect].
//
// ToMap ranges over seq in the calling goroutine and returns when seq ends. The
// map is never nil. ToMap panics when seq or f is nil and, as a map does, when
// a key of an interface type cannot be compared.
func ToMap[A any, K comparable, V any](seq iter.Seq[A], f func(A) (K, V)) map[K]V {
	if seq == nil || f == nil {
		panic("functional: ToMap of a nil sequence or function")
	}
	m := map[K]V{}
	for a := range seq {
		k, v := f(a)
		m[k] = v
	}
	return m
}

// KeyBy returns the elements of seq by their keys. Of several elements with a
// key the last one stays. [GroupBy] keeps all of them.
//
// KeyBy ranges over seq in the calling goroutine and returns when seq ends. The
// map is never nil. KeyBy panics when seq or key is nil and, as a map does,
// when a key of an interface type cannot be compared.
func KeyBy[A any, K comparable](seq iter.Seq[A], key func(A) K) map[K]A {
	if seq == nil || key == nil {
		panic("functional: KeyBy of a nil sequence or function")
	}
	m := map[K]A{}
	for a := range seq {
		m[key(a)] = a
	}
	return m
}
