package link

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A deadline beyond what can be said is the last that can, and none is 0.
func TestPointSaturates(t *testing.T) {
	const now = 1000
	for left, want := range map[time.Duration]int64{
		5:                 1005,
		-5:                995,
		-now:              1,
		math.MinInt64:     1,
		math.MaxInt64:     math.MaxInt64,
		math.MaxInt64 - 1: math.MaxInt64,
	} {
		require.Equal(t, want, point(now, left), left)
	}
}

// A point is as far away as its time, and comes nearer.
func TestPoint(t *testing.T) {
	p := Point(time.Now().Add(time.Hour))
	first := Until(p)
	require.InDelta(t, time.Hour, first, float64(time.Minute))
	require.LessOrEqual(t, Until(p), first)
	require.Greater(t, Until(Point(time.Now().Add(math.MaxInt64))), 100*365*24*time.Hour)
	require.Negative(t, Until(Point(time.Time{})))
}
