package sample

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence is that of all intervals.
const confidence = 0.95

// A Summary is a median and the interval in which the true median lies. An end
// of the interval is infinite where there are too few samples for it.
type Summary struct{ Median, Lo, Hi float64 }

// Summarize returns the median and the narrowest interval of order statistics
// around it that the binomial distribution gives enough confidence.
func Summarize(samples []float64) Summary {
	// NewSample sorts what it is given, and the order of samples is that of rounds.
	sample := benchmath.NewSample(slices.Clone(samples), &benchmath.DefaultThresholds)
	s := benchmath.AssumeNothing.Summary(sample, confidence)
	return Summary{s.Center, s.Lo, s.Hi}
}

// HasInterval reports whether there were enough samples for an interval.
func (s Summary) HasInterval() bool { return !math.IsInf(s.Lo, 0) && !math.IsInf(s.Hi, 0) }

// Ratios divides a by b, round by round.
func Ratios(a, b []float64) []float64 {
	q := make([]float64, len(a))
	for i := range a {
		q[i] = a[i] / b[i]
	}
	return q
}

// String formats a ratio: "1.96 (1.94–1.97)".
func (s Summary) String() string {
	if !s.HasInterval() {
		return Number(s.Median)
	}
	return fmt.Sprintf("%s (%s–%s)", Number(s.Median), Number(s.Lo), Number(s.Hi))
}

// Number formats x with three significant digits and no exponent.
func Number(x float64) string {
	switch a := math.Abs(x); {
	case a == 0 || a >= 99.95:
		return fmt.Sprintf("%.0f", x)
	case a >= 9.995:
		return fmt.Sprintf("%.1f", x)
	case a >= 0.09995:
		return fmt.Sprintf("%.2f", x)
	default:
		return fmt.Sprintf("%.4f", x)
	}
}
