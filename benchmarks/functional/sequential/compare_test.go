package sequential_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// million is how many elements the inputs have, unless a name says otherwise.
const million = 1_000_000

// A way is one implementation of what a benchmark compares.
type way[R any] struct {
	name string
	run  func() R
}

// compare measures each of the ways, once it has returned what the first one does.
func compare[R any](b *testing.B, equal func(R, R) bool, ways ...way[R]) {
	want := ways[0].run()
	for _, w := range ways {
		b.Run("impl="+w.name, func(b *testing.B) {
			require.True(b, equal(w.run(), want), "%s does not return what %s does", w.name, ways[0].name)
			b.ReportAllocs()
			for b.Loop() {
				w.run()
			}
		})
	}
}

// same compares results that are one value.
func same[R comparable](x, y R) bool { return x == y }

// random returns n ints from 0 to below limit, the same in every run.
func random(n, limit int) []int {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]int, n)
	for i := range s {
		s[i] = r.IntN(limit)
	}
	return s
}

// What is mapped, kept and added with: small enough to be inlined, and no two of
// them the same, so that a chain cannot be computed in advance.

func odd(i int) bool   { return i&1 == 1 }
func small(i int) bool { return i < 1<<20 }
func add(a, b int) int { return a + b }

func triple(i int) int { return 3 * i }
func flip(i int) int   { return i ^ 0x55 }
func shift(i int) int  { return i + 7 }
func square(i int) int { return i * i }

// lo gives its functions an index, asked for or not.

func oddAt(i, _ int) bool   { return odd(i) }
func smallAt(i, _ int) bool { return small(i) }
func addAt(a, b, _ int) int { return add(a, b) }
func tripleAt(i, _ int) int { return triple(i) }
