package functional

import (
	"fmt"
	"iter"
	"slices"
)

// Cartesian returns every pair of an element of a and an element of b: (a0,
// b0), (a0, b1)…, (a1, b0)… It is Python's itertools.product of two. For more
// of them use [CartesianSlices].
//
// Nothing runs until a loop ranges over the result. Cartesian ranges over b
// once for each element of a, where Python keeps a copy of b. Cartesian panics
// at once when a or b is nil. It allocates nothing for a pair.
func Cartesian[A, B any](a iter.Seq[A], b iter.Seq[B]) iter.Seq2[A, B] {
	if a == nil || b == nil {
		panic("functional: Cartesian of a nil sequence")
	}
	return func(yield func(A, B) bool) {
		a(func(va A) bool {
			more := true
			b(func(vb B) bool {
				more = yield(va, vb)
				return more
			})
			return more
		})
	}
}

// CartesianSlices returns every way to choose one element of each of the
// slices. The choice from the last slice changes fastest. It is Python's
// itertools.product: there is one way to choose from no slices, and none when a
// slice is empty.
//
// Nothing runs until a loop ranges over the result. The slices must not change
// during the loop. Each choice is a new slice that the loop may keep.
// CartesianSlices makes one allocation for each.
func CartesianSlices[A any](s ...[]A) iter.Seq[[]A] {
	s = slices.Clone(s)
	return func(yield func([]A) bool) {
		for _, from := range s {
			if len(from) == 0 {
				return
			}
		}
		at := make([]int, len(s))
		for {
			choice := make([]A, len(s))
			for i, from := range s {
				choice[i] = from[at[i]]
			}
			if !yield(choice) {
				return
			}
			i := len(at) - 1
			for ; i >= 0; i-- { // an odometer
				if at[i]++; at[i] < len(s[i]) {
					break
				}
				at[i] = 0
			}
			if i < 0 {
				return
			}
		}
	}
}

// Permutations returns every way to choose k of the elements of s, in every
// order: n!/(n-k)! of them for n = len(s), none when k is greater than n. It is
// Python's itertools.permutations: elements differ by position, and the
// positions come in lexicographic order.
//
// Nothing runs until a loop ranges over the result. s must not change during
// the loop. Each permutation is a new slice that the loop may keep.
// Permutations panics at once when k is negative. It makes one allocation for
// each permutation. The algorithm is that of CPython's documentation.
func Permutations[A any](s []A, k int) iter.Seq[[]A] {
	checkChoice("Permutations", k)
	return func(yield func([]A) bool) {
		n := len(s)
		if k > n {
			return
		}
		at := firstPositions(n)
		left := make([]int, k) // left[i] choices remain for place i
		for i := range left {
			left[i] = n - i
		}
		for more := true; more && yield(pick(s, at[:k])); {
			// Advance the last place that has a choice left; those behind it begin
			// again.
			more = false
			for i := k - 1; i >= 0 && !more; i-- {
				if left[i]--; left[i] > 0 {
					other := n - left[i]
					at[i], at[other] = at[other], at[i]
					more = true
					continue
				}
				left[i] = n - i
				first := at[i]
				copy(at[i:], at[i+1:])
				at[n-1] = first
			}
		}
	}
}

// Combinations returns every way to choose k of the elements of s, in the order
// of s: n!/(k!(n-k)!) of them for n = len(s), none when k is greater than n. It
// is Python's itertools.combinations: elements differ by position, and the
// positions come in lexicographic order.
//
// Nothing runs until a loop ranges over the result. s must not change during
// the loop. Each combination is a new slice that the loop may keep.
// Combinations panics at once when k is negative. It makes one allocation for
// each combination.
func Combinations[A any](s []A, k int) iter.Seq[[]A] {
	checkChoice("Combinations", k)
	return func(yield func([]A) bool) {
		n := len(s)
		if k > n {
			return
		}
		at := firstPositions(k)
		for yield(pick(s, at)) {
			i := k - 1
			for i >= 0 && at[i] == n-k+i {
				i-- // cannot move on
			}
			if i < 0 {
				return
			}
			at[i]++
			for j := i + 1; j < k; j++ {
				at[j] = at[j-1] + 1
			}
		}
	}
}

// CombinationsWithReplacement returns every way to choose k of the elements of
// s, in the order of s. An element may be chosen several times. There are
// (n+k-1)!/(k!(n-1)!) of them for n = len(s). It is Python's
// itertools.combinations_with_replacement: elements differ by position, and the
// positions come in lexicographic order.
//
// Nothing runs until a loop ranges over the result. s must not change during
// the loop. Each combination is a new slice that the loop may keep.
// CombinationsWithReplacement panics at once when k is negative or above
// 16,777,216. It makes one
// allocation for each combination.
func CombinationsWithReplacement[A any](s []A, k int) iter.Seq[[]A] {
	checkChoice("CombinationsWithReplacement", k)
	if k > maxChoice { // in contrast to the others, it may be more than there are in s
		panic(fmt.Sprintf("functional: CombinationsWithReplacement of %d elements, want at most %d", k, maxChoice))
	}
	return func(yield func([]A) bool) {
		n := len(s)
		if n == 0 && k > 0 {
			return
		}
		at := make([]int, k)
		for yield(pick(s, at)) {
			i := k - 1
			for i >= 0 && at[i] == n-1 {
				i-- // cannot move on
			}
			if i < 0 {
				return
			}
			next := at[i] + 1
			for ; i < k; i++ {
				at[i] = next
			}
		}
	}
}

// maxChoice is the longest choice with replacement.
const maxChoice = 1 << 24

func checkChoice(op string, k int) {
	if k < 0 {
		panic(fmt.Sprintf("functional: %s of %d elements, want 0 or more", op, k))
	}
}

// firstPositions returns 0…n-1.
func firstPositions(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// pick returns a new slice of the elements of s at these positions.
func pick[A any](s []A, at []int) []A {
	choice := make([]A, len(at))
	for i, from := range at {
		choice[i] = s[from]
	}
	return choice
}
