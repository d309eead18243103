package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want caseName
	}{
		{"Spawn/impl=fanfold", caseName{"Spawn", "fanfold", ""}},
		{"Spawn/impl=fanfold-8", caseName{"Spawn", "fanfold", ""}},
		{"Calls/impl=net-rpc-unix/inflight=64-2", caseName{"Calls", "net-rpc-unix", "inflight=64"}},
		{"ParMap/workload=1e6-trivial/impl=lo/workers=2", caseName{"ParMap/workload=1e6-trivial", "lo", "workers=2"}},
		{"X/a=1/b=2/impl=z/c=3/d=4-16", caseName{"X/a=1/b=2", "z", "c=3/d=4"}},
	} {
		got, err := parseName(benchfmt.Name(tt.in))
		require.NoError(t, err)
		require.Equal(t, tt.want, got)
		again, err := parseName(benchfmt.Name(got.String()))
		require.NoError(t, err)
		require.Equal(t, got, again, "the name does not survive String")
	}
	_, err := parseName(benchfmt.Name("ParMap/workers=2-2"))
	require.ErrorContains(t, err, `"ParMap/workers=2-2"`)
}

func TestPatternSelectsOneCase(t *testing.T) {
	c := mustName("Calls/impl=python-Pool.map/inflight=6")
	matches := func(name string) bool {
		patterns, elems := strings.Split(c.pattern(), "/"), strings.Split(name, "/")
		for i, p := range patterns {
			if !regexp.MustCompile(p).MatchString(elems[i]) {
				return false
			}
		}
		return true
	}
	require.True(t, matches("BenchmarkCalls/impl=python-Pool.map/inflight=6"))
	require.False(t, matches("BenchmarkCalls/impl=python-Pool.map/inflight=64"))
	require.False(t, matches("BenchmarkCalls/impl=python-Pool.map-default/inflight=6"))
	require.False(t, matches("BenchmarkCalls/impl=python-Pool-map/inflight=6"))
}
