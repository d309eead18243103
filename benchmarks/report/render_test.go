package main

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func TestRender(t *testing.T) {
	around := func(x float64) []float64 { // ten values, median x
		s := repeat(x, 10)
		for i := range s {
			s[i] *= 1 + (float64(i)-4.5)/100
		}
		return s
	}
	values := func(ns, bytes, allocs float64) map[string][]float64 {
		return map[string][]float64{"ns/op": around(ns), "B/op": repeat(bytes, 10), "allocs/op": repeat(allocs, 10)}
	}
	one := section{
		suite: suite{
			pkg: "one", about: "What one is about.",
			baselines: map[string]string{"Map": "loop"},
			marks: []mark{
				{name: "fast", of: "Map/work=big/impl=fanfold/workers=2", over: "loop", op: atLeast, target: 1.95},
				{name: "small", of: "Map/work=small/impl=fanfold/workers=2", over: "loop", op: atMost, target: 2},
				{name: "absent", of: "Map/work=none/impl=fanfold", unit: "ns/op", per: 1, op: atMost, target: 2},
			},
			why: map[string]string{"Map/work=small/impl=loop": "it starts nothing"},
		},
		results: &results{
			Package: "one", Date: "2026-01-02", CPU: "abacus", Cores: 2, Go: "go1.26", System: "linux/amd64",
			Commit: "abc1234", Rounds: 10, Benchtime: "50ms",
			Cases: []sampled{
				{"Map/work=big/impl=loop/workers=1", values(20e6, 16384, 1)},
				{"Map/work=big/impl=loop/workers=2", values(20e6, 16384, 1)},
				{"Map/work=big/impl=peer/workers=2", values(12.5e6, 3e6, 4000)},
				{"Map/work=big/impl=fanfold/workers=1", values(20.1e6, 16500, 2)},
				{"Map/work=big/impl=fanfold/workers=2", values(10.2e6, 16600, 5)},
				{"Map/work=small/impl=peer/workers=2", values(300, 2000, 6)},
				{"Map/work=small/impl=loop/workers=2", values(200, 896, 1)},
				{"Map/work=small/impl=fanfold/workers=2", values(500, 1200, 4)},
			},
		},
		notes: "A note.\n",
	}
	two := section{
		suite: suite{pkg: "two", about: "What two is about."},
		results: &results{
			Package: "two", Date: "2026-01-03", CPU: "slide rule", Cores: 4, Go: "go1.27", System: "linux/arm64",
			Commit: "def5678", Rounds: 1, Benchtime: "1x",
			Cases: []sampled{
				{"Spawn/impl=fanfold", map[string][]float64{"ns/op": {2.5e6}, "cpu-ns/op": {3e6}, "peak-B": {12e6}}},
				{"Spawn/impl=fanfold-slow", map[string][]float64{"ns/op": {9e6}}},
				{"Spawn/impl=peer", map[string][]float64{"ns/op": {5e6}}},
			},
		},
	}
	got := render([]section{one, two})
	const golden = "testdata/README.golden.md"
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestRenderWithoutLosses(t *testing.T) {
	s := section{suite: suite{pkg: "x"}, results: measured(repeat(100, 10), repeat(129, 10))}
	require.Contains(t, string(render([]section{s})), "No case in which something else is at least 1.3x as fast")
	require.Empty(t, s.losses())
	s.results = measured(repeat(131, 10), repeat(100, 10))
	require.Len(t, s.losses(), 1)
}
