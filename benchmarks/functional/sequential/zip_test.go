package sequential_test

import (
	"iter"
	"slices"
	"testing"

	gofunctional "github.com/BooleanCat/go-functional/v2/it"
	"github.com/samber/lo"
	loit "github.com/samber/lo/it"

	"github.com/fanfold/fanfold/functional"
)

// BenchmarkMap2 maps the pairs of two slices.
func BenchmarkMap2(b *testing.B) {
	s, t := random(million, 1<<30), random(million, 1<<20)
	compare(b, slices.Equal[[]int],
		way[[]int]{"loop", func() []int { return map2Loop(s, t) }},
		way[[]int]{"lo", func() []int { return lo.ZipBy2(s, t, add) }},
		way[[]int]{"fanfold", func() []int { return functional.Map2Slice(s, t, add) }},
	)
}

func map2Loop(s, t []int) []int {
	out := make([]int, min(len(s), len(t)))
	for i := range out {
		out[i] = add(s[i], t[i])
	}
	return out
}

// zipped is how many pairs BenchmarkZip makes: with a switch between goroutines for
// each, a million would take a while.
const zipped = 100_000

// BenchmarkZip adds up the products of the pairs of two sequences, of which one at
// least is pulled.
func BenchmarkZip(b *testing.B) {
	s, t := random(zipped, 1<<20), random(zipped, 1<<30)
	compare(b, same[int],
		way[int]{"hand-pull", func() int { return dotPull(slices.Values(s), slices.Values(t)) }},
		way[int]{"lo-it", func() int {
			sum := 0
			for p := range loit.Zip2(slices.Values(s), slices.Values(t)) {
				sum += p.A * p.B
			}
			return sum
		}},
		way[int]{"go-functional", func() int {
			sum := 0
			for v, w := range gofunctional.Zip(slices.Values(s), slices.Values(t)) {
				sum += v * w
			}
			return sum
		}},
		way[int]{"fanfold", func() int { return dot(functional.Zip(slices.Values(s), slices.Values(t))) }},
		way[int]{"fanfold-ahead", func() int {
			return dot(functional.Zip(slices.Values(s), slices.Values(t), functional.ZipOptions{Ahead: 256}))
		}},
	)
}

func dot(pairs iter.Seq2[int, int]) int {
	sum := 0
	for v, w := range pairs {
		sum += v * w
	}
	return sum
}

// dotPull pulls both sequences, with package iter.
func dotPull(s, t iter.Seq[int]) int {
	next, stop := iter.Pull(t)
	defer stop()
	sum := 0
	for v := range s {
		w, ok := next()
		if !ok {
			break
		}
		sum += v * w
	}
	return sum
}
