package sequential_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkChunk cuts a sequence of a million ints into slices of 100 that may be
// kept, and adds up their first elements. slices.Chunk needs no copy, but a slice.
func BenchmarkChunk(b *testing.B) {
	s := random(million, 1<<30)
	const n = 100
	compare(b, same[int],
		way[int]{"loop", func() int { return chunkLoop(slices.Values(s), n) }},
		way[int]{"slices.Chunk", func() int { return firsts(slices.Chunk(s, n)) }},
		way[int]{"lo", func() int { return firsts(slices.Values(lo.Chunk(s, n))) }},
		way[int]{"lo-it", func() int { return firsts(loit.Chunk(slices.Values(s), n)) }},
		way[int]{"fanfold", func() int { return firsts(functional.Chunk(slices.Values(s), n)) }},
	)
}

func chunkLoop(seq iter.Seq[int], n int) int {
	sum := 0
	var chunk []int
	for v := range seq {
		if chunk = append(chunk, v); len(chunk) == n {
			sum += chunk[0]
			chunk = make([]int, 0, n)
		}
	}
	if len(chunk) > 0 {
		sum += chunk[0]
	}
	return sum
}

// BenchmarkWindow looks at every ten consecutive ones in a sequence of a million
// ints, in slices that may be kept.
func BenchmarkWindow(b *testing.B) {
	s := random(million, 1<<30)
	const n = 10
	compare(b, same[int],
		way[int]{"loop", func() int { return windowLoop(slices.Values(s), n) }},
		way[int]{"lo", func() int { return firsts(slices.Values(lo.Window(s, n))) }},
		way[int]{"lo-it", func() int { return firsts(loit.Window(slices.Values(s), n)) }},
		way[int]{"fanfold", func() int { return firsts(functional.Window(slices.Values(s), n)) }},
	)
}

func windowLoop(seq iter.Seq[int], n int) int {
	sum := 0
	var last []int
	for v := range seq {
		if last = append(last, v); len(last) == n {
			sum += slices.Clone(last)[0]
			last = append(last[:0], last[1:]...)
		}
	}
	return sum
}

// firsts adds up the first element of each slice.
func firsts(slices iter.Seq[[]int]) int {
	sum := 0
	for s := range slices {
		sum += s[0]
	}
	return sum
}
