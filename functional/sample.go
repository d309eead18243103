package functional

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
)

// Sample returns k elements of seq, or all of them when there are fewer. Every
// element has the same chance, and the same source makes the same choice. It is
// Python's random.sample, for a sequence of unknown length.
//
// The choice is random, the order of the chosen elements is not: use [Shuffle]
// for that. Sample ranges over seq in the calling goroutine and returns when
// seq ends. For k = 0 it does not range over seq. The slice is never nil.
// Sample panics when seq or source is nil or k is negative. It keeps k elements
// and takes O(k log(n/k)) random numbers: Algorithm L of Li,
// "Reservoir-Sampling Algorithms of Time Complexity O(n(1+log(N/n)))", 1994.
func Sample[A any](seq iter.Seq[A], k int, source rand.Source) []A {
	if seq == nil || source == nil {
		panic("functional: Sample of a nil sequence or source")
	}
	if k < 0 {
		panic(fmt.Sprintf("functional: Sample of %d elements, want 0 or more", k))
	}
	chosen := []A{}
	if k == 0 {
		return chosen
	}
	r := rand.New(source)
	// Think of a random number for each element, and of the k least as chosen: w
	// is the greatest of these, and leap how many elements in a row are above it.
	w := 1.0
	var leap int64
	for a := range seq {
		switch {
		case len(chosen) < k:
			chosen = append(chosen, a)
		case leap > 0:
			leap--
			continue
		default:
			chosen[r.IntN(k)] = a
		}
		if len(chosen) == k {
			w *= math.Exp(logUniform(r) / float64(k))
			leap = int64(min(logUniform(r)/math.Log1p(-w), 1<<62))
		}
	}
	return chosen
}

// logUniform returns the logarithm of a random number that is not 0.
func logUniform(r *rand.Rand) float64 { return math.Log(1 - r.Float64()) }

// Shuffle returns the elements of seq in random order. Every order has the same
// chance, as far as the state of source can tell them apart. The same source
// makes the same order. It is Python's random.shuffle.
//
// Shuffle ranges over seq in the calling goroutine and returns when seq ends.
// The slice is never nil. Shuffle panics when seq or source is nil.
func Shuffle[A any](seq iter.Seq[A], source rand.Source) []A {
	if seq == nil || source == nil {
		panic("functional: Shuffle of a nil sequence or source")
	}
	s := slices.AppendSeq([]A{}, seq)
	rand.New(source).Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
	return s
}
