package par

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// add in every order must give the same text, with the grouping visible when the
// chunk is fixed.
func TestPartials(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 5, 8, 13, 100} {
		for _, chunk := range []int{1, 3} {
			var parts []partial[string]
			for lo := 0; lo < n; lo += chunk {
				hi := min(lo+chunk, n)
				parts = append(parts, partial[string]{lo, hi, fmt.Sprint(lo), true})
			}
			want := ""
			for range 50 {
				random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				sp := partials[string]{n: n, chunk: chunk, merge: func(a, b string) string { return "(" + a + " " + b + ")" }}
				for _, s := range parts {
					sp.add(s)
				}
				require.Len(t, sp.list, 1, "results that were not combined")
				got, some := sp.all()
				require.True(t, some)
				if want == "" {
					want = got
				}
				require.Equal(t, want, got)
			}
		}
	}
}

// Without a fixed chunk at most one result for each gap is kept.
func TestPartialsKeepLittle(t *testing.T) {
	sp := partials[int]{n: 1000, merge: func(a, b int) int { return a + b }}
	for i := 1; i < 1000; i++ { // item 0 is slow
		sp.add(partial[int]{i, i + 1, i, i%2 == 0})
		require.Len(t, sp.list, 1)
	}
	sp.add(partial[int]{0, 1, 0, false})
	got, some := sp.all()
	require.True(t, some)
	require.Equal(t, 499*500, got)
}

func TestPartialsWithGaps(t *testing.T) {
	for _, chunk := range []int{0, 1} {
		sp := partials[string]{n: 9, chunk: chunk, merge: func(a, b string) string { return a + b }}
		_, some := sp.all()
		require.False(t, some)
		for _, i := range []int{7, 2, 5, 1} {
			sp.add(partial[string]{i, i + 1, fmt.Sprint(i), i != 5})
		}
		got, some := sp.all()
		require.True(t, some)
		require.Equal(t, "127", got)
	}
}
