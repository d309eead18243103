package functional

import "iter"

// MapKV is [Map] over pairs: it returns the pairs f(k, v) for each (k, v) of
// seq, in order.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. MapKV panics at once when seq or f is nil.
func MapKV[K, V, L, W any](seq iter.Seq2[K, V], f func(K, V) (L, W)) iter.Seq2[L, W] {
	if seq == nil || f == nil {
		panic("functional: MapKV of a nil sequence or function")
	}
	return func(yield func(L, W) bool) {
		seq(func(k K, v V) bool { return yield(f(k, v)) })
	}
}

// FilterKV is [Filter] over pairs: it returns those (k, v) of seq for which
// keep(k, v) is true, in order.
//
// Nothing runs until a loop ranges over the result. Then keep runs in the
// loop's goroutine. FilterKV panics at once when seq or keep is nil.
func FilterKV[K, V any](seq iter.Seq2[K, V], keep func(K, V) bool) iter.Seq2[K, V] {
	if seq == nil || keep == nil {
		panic("functional: FilterKV of a nil sequence or function")
	}
	return func(yield func(K, V) bool) {
		seq(func(k K, v V) bool { return !keep(k, v) || yield(k, v) })
	}
}

// ToKV returns the pair f(a) for each a of seq, in order. It makes a sequence
// of pairs of a sequence of elements. [maps.Collect] makes a map of the result.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. ToKV panics at once when seq or f is nil.
func ToKV[A, K, V any](seq iter.Seq[A], f func(A) (K, V)) iter.Seq2[K, V] {
	if seq == nil || f == nil {
		panic("functional: ToKV of a nil sequence or function")
	}
	return func(yield func(K, V) bool) {
		seq(func(a A) bool { return yield(f(a)) })
	}
}

// FromKV returns f(k, v) for each (k, v) of seq, in order. It makes a sequence
// of elements of a sequence of pairs. It is Python's itertools.starmap.
//
// Nothing runs until a loop ranges over the result. Then f runs in the loop's
// goroutine. FromKV panics at once when seq or f is nil.
func FromKV[K, V, A any](seq iter.Seq2[K, V], f func(K, V) A) iter.Seq[A] {
	if seq == nil || f == nil {
		panic("functional: FromKV of a nil sequence or function")
	}
	return func(yield func(A) bool) {
		seq(func(k K, v V) bool { return yield(f(k, v)) })
	}
}

// Keys returns the first values of the pairs of seq, in order. For a map use
// [maps.Keys].
//
// Nothing runs until a loop ranges over the result. Keys panics at once when
// seq is nil.
func Keys[K, V any](seq iter.Seq2[K, V]) iter.Seq[K] {
	if seq == nil {
		panic("functional: Keys of a nil sequence")
	}
	return func(yield func(K) bool) {
		seq(func(k K, _ V) bool { return yield(k) })
	}
}

// Values returns the second values of the pairs of seq, in order. For a map use
// [maps.Values].
//
// Nothing runs until a loop ranges over the result. Values panics at once when
// seq is nil.
func Values[K, V any](seq iter.Seq2[K, V]) iter.Seq[V] {
	if seq == nil {
		panic("functional: Values of a nil sequence")
	}
	return func(yield func(V) bool) {
		seq(func(_ K, v V) bool { return yield(v) })
	}
}
