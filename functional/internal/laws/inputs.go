package laws

import (
	"iter"
	"math/rand/v2"
)

// Numbers returns 0…n-1.
func Numbers(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// Count yields 0…n-1.
func Count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// Small returns n numbers of which many are equal, the same ones every time.
func Small(n int) []int {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	s := make([]int, n)
	for i := range s {
		s[i] = r.IntN(12) - 2
	}
	return s
}
