package accesslog

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every value lies in the bucket whose greatest value is the least that is not below it.
func TestBuckets(t *testing.T) {
	last := int64(-1)
	for i := range buckets {
		require.Equal(t, i, bucket(last+1), "from %d", last+1)
		require.Equal(t, i, bucket(highest(i)))
		if last >= 32 {
			require.LessOrEqual(t, float64(highest(i)), float64(last+1)*33/32)
		}
		last = highest(i)
	}
	require.EqualValues(t, math.MaxInt64, last)
}

func TestHistogram(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var whole, left, right Histogram
		values := make([]int64, 1+r.IntN(2000))
		for i := range values {
			values[i] = r.Int64() >> r.IntN(63)
			whole.Add(values[i])
			if r.IntN(2) == 0 {
				left.Add(values[i])
			} else {
				right.Add(values[i])
			}
		}
		left.Merge(&right)
		require.Equal(t, whole, left)
		slices.Sort(values)
		require.EqualValues(t, len(values), whole.Count())
		require.Equal(t, values[len(values)-1], whole.Max())
		for _, q := range []float64{0, 0.001, 0.1, 0.5, 0.9, 0.999, 1} {
			exact := values[max(int(math.Ceil(q*float64(len(values)))), 1)-1]
			got := whole.Quantile(q)
			require.GreaterOrEqual(t, got, exact)
			require.LessOrEqual(t, float64(got), float64(exact)*33/32)
		}
	}
}

func TestHistogramOfNothing(t *testing.T) {
	var h Histogram
	require.Zero(t, h.Quantile(0.5))
	h.Add(-5)
	require.Zero(t, h.Quantile(1))
	require.EqualValues(t, 1, h.Count())
}
