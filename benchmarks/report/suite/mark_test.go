package suite

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// measured returns results in which fanfold takes mine and the loop theirs.
func measured(mine, theirs []float64) *sample.Results {
	return &sample.Results{Rounds: len(mine), Cases: []sample.Case{
		{Name: "X/impl=fanfold", Samples: map[string][]float64{"ns/op": mine}},
		{Name: "X/impl=loop", Samples: map[string][]float64{"ns/op": theirs}},
	}}
}

func repeat(x float64, n int) []float64 { return slices.Repeat([]float64{x}, n) }

func TestVerdict(t *testing.T) {
	speed := Mark{Of: "X/impl=fanfold", Over: "loop", Op: AtLeast, Target: 1.95}
	slow := Mark{Of: "X/impl=fanfold", Over: "loop", Op: AtMost, Target: 2}
	micros := Mark{Of: "X/impl=fanfold", Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 100}
	memory := Mark{Of: "X/impl=fanfold", Over: "loop", Unit: "peak-B", Op: AtMost, Target: 1}
	peaks := measured(repeat(100, 10), repeat(100, 10))
	peaks.Cases[0].Samples["peak-B"], peaks.Cases[1].Samples["peak-B"] = repeat(3e6, 10), repeat(4e6, 10)
	always := micros
	always.Every, always.Target = true, 0.1
	ever := speed
	ever.Every = true
	near := append(repeat(100, 7), 90, 90, 90) // its median is short of 1.95, its interval is not
	mean := slow
	mean.And = []string{"Y/impl=fanfold"}
	two := measured(repeat(400, 10), repeat(100, 10))
	two.Cases = append(two.Cases,
		sample.Case{Name: "Y/impl=fanfold", Samples: map[string][]float64{"ns/op": repeat(100, 10)}},
		sample.Case{Name: "Y/impl=loop", Samples: map[string][]float64{"ns/op": repeat(100, 10)}})
	for _, tt := range []struct {
		name string
		mark Mark
		r    *sample.Results
		want string
	}{
		{"faster", speed, measured(repeat(100, 10), repeat(196, 10)), "1.96 >= 1.95 ok"},
		{"not fast enough", speed, measured(repeat(100, 10), repeat(190, 10)), "1.90 >= 1.95 MISS"},
		{"interval reaches", speed, measured(near, repeat(190, 10)), "1.90 >= 1.95 ok"},
		{"no interval", speed, measured([]float64{100, 100, 90}, repeat(190, 3)), "1.90 >= 1.95 MISS"},
		{"slower", slow, measured(repeat(150, 10), repeat(100, 10)), "1.50 <= 2.00 ok"},
		{"too slow", slow, measured(repeat(250, 10), repeat(100, 10)), "2.50 <= 2.00 MISS"},
		{"interval goes down", slow, measured(append(repeat(250, 7), 190, 190, 190), repeat(100, 10)), "2.50 <= 2.00 ok"},
		{"every time", always, measured(append(repeat(90, 9), 100), nil), "0.10 <= 0.10 ok"},
		{"not every time", always, measured(append(repeat(90, 9), 110), nil), "0.11 <= 0.10 MISS"},
		{"once not as fast", ever, measured(append(repeat(90, 9), 100), repeat(190, 10)), "1.90 >= 1.95 MISS"},
		{"a unit", micros, measured(repeat(45_000, 10), nil), "45.0 <= 100 ok"},
		{"a ratio of a unit", memory, peaks, "0.75 <= 1.00 ok"},
		{"a unit not measured", memory, measured(repeat(100, 10), repeat(100, 10)), "unmeasured <= 1.00 MISS"},
		{"a geometric mean", mean, two, "2.00 <= 2.00 ok"},
		{"a mean of what was not measured", mean, measured(repeat(100, 10), repeat(100, 10)), "unmeasured <= 2.00 MISS"},
		{"not measured", speed, measured(repeat(1, 10), nil), "unmeasured >= 1.95 MISS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.mark.Verdict(tt.r).String())
		})
	}
}
