package suite

import (
	"cmp"
	"math"
	"slices"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// An Op compares a value with a target.
type Op string

// The comparisons of marks.
const (
	AtLeast Op = ">="
	AtMost  Op = "<="
)

// A Mark is a promise about one measured case.
type Mark struct {
	Name string
	// Of is the case: a benchmark's name without the word Benchmark.
	Of string
	// And are more cases. The value is the geometric mean over all of them.
	And []string
	// Over, if set, makes the value a ratio of times to that implementation's in
	// the same comparison: how many times as fast if the mark is AtLeast, how
	// many times as long if it is AtMost. With a unit it is a ratio of that
	// instead of times.
	Over string
	// Unit is the unit of the value. If the value is no ratio, Per is how many
	// of them make one of the mark's: {"ns/op", 1000} for microseconds.
	Unit string
	Per  float64

	Op     Op
	Target float64

	// Every says that the target is one of every round: the worst is judged,
	// and not the median.
	Every bool
	// Note says what the value of a cost stands for.
	Note string
}

// A Verdict is a mark's measured value and whether it is met.
type Verdict struct {
	Mark
	Value    sample.Summary
	Measured bool
	Met      bool
}

// Verdict judges m. It is met when the median reaches the target or an end of
// the median's interval does; if it is one of every round, when all values do.
func (m Mark) Verdict(r *sample.Results) Verdict {
	v := Verdict{Mark: m}
	values := m.Values(r)
	if len(values) == 0 {
		return v
	}
	v.Measured = true
	v.Value = sample.Summarize(values)
	if m.Every {
		worst := slices.Max(values)
		if m.Op == AtLeast {
			worst = slices.Min(values)
		}
		v.Value = sample.Summary{Median: worst, Lo: math.Inf(-1), Hi: math.Inf(1)}
	}
	best := v.Value.Median
	if m.Op == AtLeast {
		if v.Value.HasInterval() {
			best = v.Value.Hi
		}
		v.Met = best >= m.Target
	} else {
		if v.Value.HasInterval() {
			best = v.Value.Lo
		}
		v.Met = best <= m.Target
	}
	return v
}

// Values returns m's value in each round, none if a case was not measured.
func (m Mark) Values(r *sample.Results) []float64 {
	values := m.values(r, m.Of)
	for _, name := range m.And {
		more := m.values(r, name)
		if len(more) != len(values) {
			return nil
		}
		for i := range more {
			values[i] *= more[i]
		}
	}
	if len(m.And) > 0 {
		for i := range values {
			values[i] = math.Pow(values[i], 1/float64(1+len(m.And)))
		}
	}
	return values
}

// values returns the values of one case.
func (m Mark) values(r *sample.Results, name string) []float64 {
	n := sample.MustParseName(name)
	if m.Over == "" {
		values := r.Samples(n)[m.Unit]
		return sample.Ratios(values, slices.Repeat([]float64{m.Per}, len(values)))
	}
	unit := cmp.Or(m.Unit, "ns/op")
	mine, other := r.Samples(n)[unit], r.Samples(n.With(m.Over))[unit]
	switch {
	case len(mine) == 0 || len(other) == 0:
		return nil
	case m.Op == AtLeast:
		return sample.Ratios(other, mine)
	default:
		return sample.Ratios(mine, other)
	}
}

// String formats the part of a mark's line behind its name: "1.96 >= 1.95 ok".
func (v Verdict) String() string {
	value, result := "unmeasured", "MISS"
	if v.Measured {
		value = sample.Number(v.Value.Median)
	}
	if v.Met {
		result = "ok"
	}
	return value + " " + string(v.Op) + " " + sample.Number(v.Target) + " " + result
}
