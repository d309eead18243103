package main

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence is that of all intervals.
const confidence = 0.95

// A summary is a median and the interval in which the true median lies. With
// too few samples for an interval an end of it is infinite.
type summary struct{ median, lo, hi float64 }

// summarize computes the median and the narrowest interval of order statistics
// around it that the binomial distribution gives enough confidence.
func summarize(samples []float64) summary {
	// NewSample sorts what it is given, and the order of samples is that of rounds.
	sample := benchmath.NewSample(slices.Clone(samples), &benchmath.DefaultThresholds)
	s := benchmath.AssumeNothing.Summary(sample, confidence)
	return summary{s.Center, s.Lo, s.Hi}
}

// hasInterval tells whether there were samples enough for an interval.
func (s summary) hasInterval() bool { return !math.IsInf(s.lo, 0) && !math.IsInf(s.hi, 0) }

// ratios divides a by b, round by round.
func ratios(a, b []float64) []float64 {
	q := make([]float64, len(a))
	for i := range a {
		q[i] = a[i] / b[i]
	}
	return q
}

// String formats a ratio: "1.96 (1.94–1.97)".
func (s summary) String() string {
	if !s.hasInterval() {
		return number(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.lo), number(s.hi))
}

// number formats x with three significant digits and no exponent.
func number(x float64) string {
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
