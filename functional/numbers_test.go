package functional_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
)

// A number of the caller's works, or the panic names it: nothing is allocated for it, and
// no sum overflows.
func TestNumbersOfTheCaller(t *testing.T) {
	const n = 5
	seq := laws.Count(n)
	s := slices.Collect(seq)
	for name, use := range map[string]func(k int){
		"Take":                        func(k int) { require.LessOrEqual(t, len(slices.Collect(functional.Take(seq, k))), min(k, n)) },
		"Drop":                        func(k int) { require.Len(t, slices.Collect(functional.Drop(seq, k)), max(0, n-k)) },
		"StepBy":                      func(k int) { require.NotEmpty(t, slices.Collect(functional.StepBy(seq, k))) },
		"Chunk":                       func(k int) { require.NotEmpty(t, slices.Collect(functional.Chunk(seq, k))) },
		"Window":                      func(k int) { require.LessOrEqual(t, len(slices.Collect(functional.Window(seq, k))), n) },
		"Nth":                         func(k int) { _, ok := functional.Nth(seq, k); require.Equal(t, k < n, ok) },
		"TopK":                        func(k int) { require.Len(t, functional.TopK(seq, k), min(k, n)) },
		"Sample":                      func(k int) { require.Len(t, functional.Sample(seq, k, rand.NewPCG(1, 2)), min(k, n)) },
		"Permutations":                func(k int) { functional.First(functional.Permutations(s, k)) },
		"Combinations":                func(k int) { functional.First(functional.Combinations(s, k)) },
		"CombinationsWithReplacement": func(k int) { functional.First(functional.CombinationsWithReplacement(s, k)) },
		"TeeUnbounded":                func(k int) { _, stop := functional.TeeUnbounded(seq, k); stop() },
		"Ahead": func(k int) {
			require.Equal(t, n, functional.Count(functional.Keys(functional.Zip(seq, seq, functional.ZipOptions{Ahead: k}))))
		},
		"Range, start": func(k int) { functional.Count(functional.Take(functional.Range(k, 0, 1), n)) },
		"Range, stop":  func(k int) { functional.Count(functional.Take(functional.Range(0, k, 1), n)) },
		"Range, step":  func(k int) { functional.Count(functional.Range(0, n, k)) },
	} {
		for _, k := range []int{0, -1, 1, math.MaxInt, math.MinInt} {
			func() {
				defer func() {
					if v := recover(); v != nil {
						require.Regexp(t, "^functional: ", v, "%s of %d", name, k)
						if name != "Nth" { // a text that names it would cost its inlining
							require.Contains(t, v, fmt.Sprint(k), "%s: the panic does not name the number", name)
						}
					}
				}()
				use(k)
			}()
		}
	}
}
