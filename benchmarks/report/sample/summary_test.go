package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSummarize(t *testing.T) {
	for _, tt := range []struct {
		samples []float64
		want    Summary
	}{
		// The whole range of 6 holds the median with 1-2/2^6 = 97 %.
		{[]float64{6, 5, 4, 3, 2, 1}, Summary{3.5, 1, 6}},
		// Of 10, the second to the ninth: 1-2(1+10)/2^10 = 98 %; the third to
		// the eighth would be 89 %.
		{[]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, Summary{5.5, 2, 9}},
	} {
		require.Equal(t, tt.want, Summarize(tt.samples))
		require.True(t, tt.want.HasInterval())
	}
	for n := 1; n < 6; n++ {
		s := Summarize(slices.Repeat([]float64{3}, n))
		require.Equal(t, 3.0, s.Median)
		require.False(t, s.HasInterval(), "%d samples cannot give 95 %%", n)
	}
}

// TestIntervalCovers draws from a skewed distribution with a known median and
// counts how often the interval holds it.
func TestIntervalCovers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const trials = 2000
	covered := 0
	for range trials {
		samples := make([]float64, 10)
		for i := range samples {
			samples[i] = r.ExpFloat64()
		}
		if s := Summarize(samples); s.Lo <= math.Ln2 && math.Ln2 <= s.Hi {
			covered++
		}
	}
	require.GreaterOrEqual(t, covered, trials*95/100)
	require.LessOrEqual(t, covered, trials*995/1000, "the interval is wider than it has to be")
}

func TestSummarizeLeavesTheSamples(t *testing.T) {
	samples := []float64{3, 1, 2}
	before := slices.Clone(samples)
	Summarize(samples)
	require.Equal(t, before, samples)
}

func TestRatiosStayWithinARound(t *testing.T) {
	require.Equal(t, []float64{2, 2, 2}, Ratios([]float64{2, 20, 200}, []float64{1, 10, 100}))
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1.949: "1.95", 2: "2.00", 0.0123: "0.0123", 0.1: "0.10", 9.994: "9.99",
		9.996: "10.0", 99.94: "99.9", 99.96: "100", 12345.6: "12346",
	} {
		require.Equal(t, want, Number(x))
	}
}
