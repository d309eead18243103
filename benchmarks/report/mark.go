package main

import (
	"cmp"
	"math"
	"slices"
)

// An op compares a value with a target.
type op string

const (
	atLeast op = ">="
	atMost  op = "<="
)

// A mark is a promise about one measured case.
type mark struct {
	name string
	// of is the case: a benchmark's name without the word Benchmark.
	of string
	// over, if set, makes the value a ratio of times to that implementation's in
	// the same comparison: how many times as fast if the mark is atLeast, how
	// many times as long if it is atMost. With a unit it is a ratio of that
	// instead of times.
	over string
	// unit is the unit of the value, and per how many of them make one of the
	// mark's if it is not a ratio: {"ns/op", 1000} for microseconds.
	unit string
	per  float64

	op     op
	target float64

	// every says that the target is one of every round: the worst is judged, and
	// not the median.
	every bool
}

// A verdict is a mark's measured value and whether it is met.
type verdict struct {
	mark
	value    summary
	measured bool
	met      bool
}

// verdict judges m: it is met when the median reaches the target, or an end of
// the median's interval does; if it is one of every round, when all values do.
func (m mark) verdict(r *results) verdict {
	v := verdict{mark: m}
	values := m.values(r)
	if len(values) == 0 {
		return v
	}
	v.measured = true
	v.value = summarize(values)
	if m.every {
		worst := slices.Max(values)
		if m.op == atLeast {
			worst = slices.Min(values)
		}
		v.value = summary{worst, math.Inf(-1), math.Inf(1)}
	}
	best := v.value.median
	if m.op == atLeast {
		if v.value.hasInterval() {
			best = v.value.hi
		}
		v.met = best >= m.target
	} else {
		if v.value.hasInterval() {
			best = v.value.lo
		}
		v.met = best <= m.target
	}
	return v
}

// values returns m's value in each round, none if a case was not measured.
func (m mark) values(r *results) []float64 {
	c := mustName(m.of)
	if m.over == "" {
		values := r.samples(c)[m.unit]
		scale := make([]float64, len(values))
		for i := range scale {
			scale[i] = m.per
		}
		return ratios(values, scale)
	}
	unit := cmp.Or(m.unit, "ns/op")
	mine, other := r.samples(c)[unit], r.samples(c.with(m.over))[unit]
	switch {
	case len(mine) == 0 || len(other) == 0:
		return nil
	case m.op == atLeast:
		return ratios(other, mine)
	default:
		return ratios(mine, other)
	}
}

// String formats the part of a mark's line behind its name: "1.96 >= 1.95 ok".
func (v verdict) String() string {
	value, result := "unmeasured", "MISS"
	if v.measured {
		value = number(v.value.median)
	}
	if v.met {
		result = "ok"
	}
	return value + " " + string(v.op) + " " + number(v.target) + " " + result
}
