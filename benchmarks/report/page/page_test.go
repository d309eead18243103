package page

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what was rendered with a file below testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = "testdata/" + file
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// sections returns a suite with ten rounds and one with a single round.
func sections() (one, two Section) {
	around := func(x float64) []float64 { // ten values, median x
		s := slices.Repeat([]float64{x}, 10)
		for i := range s {
			s[i] *= 1 + (float64(i)-4.5)/100
		}
		return s
	}
	values := func(ns, bytes, allocs float64) map[string][]float64 {
		return map[string][]float64{"ns/op": around(ns), "B/op": slices.Repeat([]float64{bytes}, 10), "allocs/op": slices.Repeat([]float64{allocs}, 10)}
	}
	one = Section{
		Suite: suite.Suite{
			Pkg:       "one/first",
			Baselines: map[string]string{"ParMap": "loop"},
			Marks: []suite.Mark{
				{Name: "fast", Of: "ParMap/work=big/impl=fanfold/workers=2", Over: "loop", Op: suite.AtLeast, Target: 1.95},
				{Name: "small", Of: "ParMap/work=small/impl=fanfold/workers=2", Over: "loop", Op: suite.AtMost, Target: 2},
				{Name: "absent", Of: "ParMap/work=none/impl=fanfold", Unit: "ns/op", Per: 1, Op: suite.AtMost, Target: 2},
			},
			Costs: []suite.Mark{
				{Name: "price", Of: "ParMap/work=small/impl=fanfold/workers=2", Unit: "ns/op", Per: 1, Op: suite.AtMost, Note: "ns a call"},
				{Name: "absent-price", Of: "ParMap/work=none/impl=fanfold", Unit: "ns/op", Per: 1, Op: suite.AtMost, Note: "ns a call of none"},
			},
			Charts: []suite.Chart{
				{Name: "map", Title: "Maps", Tables: []string{"ParMap/work=big"}, Block: "workers=2"},
				{Name: "inner", Title: "Maps within", Tables: []string{"ParMap/work=big"}, Block: "workers=1", Inner: true},
				{Name: "absent", Title: "None", Tables: []string{"Filter"}},
			},
			Why: map[string]suite.Reason{"ParMap/work=small": "it starts nothing"},
		},
		Results: &sample.Results{
			Package: "one/first", Date: "2026-01-02", CPU: "abacus", Cores: 2, Go: "go1.26", System: "linux/amd64",
			Commit: "abc1234", Rounds: 10, Benchtime: "50ms",
			Cases: []sample.Case{
				{Name: "ParMap/work=big/impl=loop/workers=1", Samples: values(20e6, 16384, 1)},
				{Name: "ParMap/work=big/impl=loop/workers=2", Samples: values(20e6, 16384, 1)},
				{Name: "ParMap/work=big/impl=peer/workers=2", Samples: values(12.5e6, 3e6, 4000)},
				{Name: "ParMap/work=big/impl=fanfold/workers=1", Samples: values(20.1e6, 16500, 2)},
				{Name: "ParMap/work=big/impl=fanfold/workers=2", Samples: values(10.2e6, 16600, 5)},
				{Name: "ParMap/work=small/impl=peer/workers=2", Samples: values(300, 2000, 6)},
				{Name: "ParMap/work=small/impl=loop/workers=2", Samples: values(200, 896, 1)},
				{Name: "ParMap/work=small/impl=fanfold/workers=2", Samples: values(500, 1200, 4)},
			},
		},
	}
	two = Section{
		Suite: suite.Suite{Pkg: "two"},
		Results: &sample.Results{
			Package: "two", Date: "2026-01-03", CPU: "slide rule", Cores: 4, Go: "go1.27", System: "linux/arm64",
			Commit: "def5678", Rounds: 1, Benchtime: "1x",
			Cases: []sample.Case{
				{Name: "Spawn/impl=fanfold", Samples: map[string][]float64{"ns/op": {2.5e6}, "cpu-ns/op": {3e6}, "peak-B": {12e6}, "calls/s": {4e5}}},
				{Name: "Spawn/impl=fanfold-slow", Samples: map[string][]float64{"ns/op": {9e6}}},
				{Name: "Spawn/impl=peer", Samples: map[string][]float64{"ns/op": {5e6}}},
			},
		},
	}
	return one, two
}

func TestFront(t *testing.T) {
	one, two := sections()
	golden(t, "front.golden.md", Front([]Section{one, two}))
}

func TestDetail(t *testing.T) {
	one, two := sections()
	golden(t, "one.golden.md", Detail(one))
	golden(t, "two.golden.md", Detail(two))
}

// A mark that only an end of its interval reaches shows the interval.
func TestReached(t *testing.T) {
	v := suite.Verdict{Mark: suite.Mark{Op: suite.AtLeast, Target: 2}, Value: sample.Summary{Median: 1.9, Lo: 1.8, Hi: 2.1}}
	assert.Equal(t, "1.90 (1.80–2.10)", reached(v))
	v.Target = 1.9
	assert.Equal(t, "1.90", reached(v))
	v.Op = suite.AtMost
	assert.Equal(t, "1.90", reached(v))
	v.Target = 1.85
	assert.Equal(t, "1.90 (1.80–2.10)", reached(v))
}

// Two results of one machine stand in one table.
func TestMachines(t *testing.T) {
	one, _ := sections()
	again := one
	again.Pkg = "three"
	front := Front([]Section{one, again})
	assert.Equal(t, 1, strings.Count(front, "abacus"))
	assert.Contains(t, front, "[one/first](results/one-first.md)")
	assert.Contains(t, front, "[three](results/three.md)")
}

func TestWithoutLosses(t *testing.T) {
	s := Section{Results: &sample.Results{Rounds: 1, Cases: []sample.Case{
		{Name: "X/impl=fanfold", Samples: map[string][]float64{"ns/op": {100}}},
		{Name: "X/impl=loop", Samples: map[string][]float64{"ns/op": {78}}},
	}}}
	assert.Empty(t, s.losses())
	assert.Contains(t, Front([]Section{s}), "No case in which something else is at least 1.3x as fast")
	assert.NotContains(t, Detail(s), "Losing")
	s.Cases[1].Samples["ns/op"][0] = 76
	assert.Len(t, s.losses(), 1)
}

func TestSplice(t *testing.T) {
	for name, tt := range map[string]struct{ old, want string }{
		"new":       {"", "# Title\n\n" + marker + "\nbelow\n"},
		"again":     {"# By hand\n\nProse.\n\n" + marker + "\nold\n", "# By hand\n\nProse.\n\n" + marker + "\nbelow\n"},
		"no marker": {"# By hand\n\nProse.\n", "# By hand\n\nProse.\n\n" + marker + "\nbelow\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Splice([]byte(tt.old), "Title", "\nbelow\n\n")
			assert.Equal(t, tt.want, string(got))
			assert.Equal(t, tt.want, string(Splice(got, "Title", "below")), "once more")
		})
	}
}

func TestQuantity(t *testing.T) {
	for _, tt := range []struct {
		x    float64
		unit string
		want string
	}{
		{1500, "ns/op", "1.500 µs"}, {3e6, "cpu-ns/op", "3.000 ms"}, {12, "allocs/op", "12"},
		{2048, "B/op", "2.000 KiB"}, {12e6, "peak-B", "11.44 MiB"}, {159.5, "MB/s", "152.1 MiB/s"},
		{677_000, "calls/s", "677.0 k/s"}, {23.6e6, "items/s", "23.60 M/s"},
	} {
		assert.Equal(t, tt.want, quantity(sample.Summary{Median: tt.x, Lo: tt.x, Hi: tt.x}, tt.unit))
	}
	assert.Equal(t, "1.500 µs (1.000–2.000)", quantity(sample.Summary{Median: 1500, Lo: 1000, Hi: 2000}, "ns/op"))
}
