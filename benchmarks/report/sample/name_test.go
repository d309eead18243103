package sample

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Name
	}{
		{"Spawn/impl=fanfold", Name{"Spawn", "fanfold", ""}},
		{"Spawn/impl=fanfold-8", Name{"Spawn", "fanfold", ""}},
		{"Calls/impl=net-rpc-unix/inflight=64-2", Name{"Calls", "net-rpc-unix", "inflight=64"}},
		{"ParMap/workload=1e6-trivial/impl=lo/workers=2", Name{"ParMap/workload=1e6-trivial", "lo", "workers=2"}},
		{"X/a=1/b=2/impl=z/c=3/d=4-16", Name{"X/a=1/b=2", "z", "c=3/d=4"}},
	} {
		got, err := ParseName(tt.in)
		require.NoError(t, err)
		assert.Equal(t, tt.want, got)
		again, err := ParseName(got.String())
		require.NoError(t, err)
		assert.Equal(t, got, again, "the name does not survive String")
	}
	_, err := ParseName("ParMap/workers=2-2")
	require.ErrorContains(t, err, `"ParMap/workers=2-2"`)
	assert.Panics(t, func() { MustParseName("ParMap") })
}

func TestPatternSelectsOneCase(t *testing.T) {
	n := MustParseName("Calls/impl=python-Pool.map/inflight=6")
	matches := func(name string) bool {
		patterns, elems := strings.Split(n.Pattern(), "/"), strings.Split(name, "/")
		for i, p := range patterns {
			if !regexp.MustCompile(p).MatchString(elems[i]) {
				return false
			}
		}
		return true
	}
	assert.True(t, matches("BenchmarkCalls/impl=python-Pool.map/inflight=6"))
	assert.False(t, matches("BenchmarkCalls/impl=python-Pool.map/inflight=64"))
	assert.False(t, matches("BenchmarkCalls/impl=python-Pool.map-default/inflight=6"))
	assert.False(t, matches("BenchmarkCalls/impl=python-Pool-map/inflight=6"))
}

func TestNameParts(t *testing.T) {
	n := MustParseName("ParMap/workload=big/impl=lo/workers=2")
	assert.Equal(t, "ParMap", n.Benchmark())
	assert.Equal(t, "Spawn", MustParseName("Spawn/impl=lo").Benchmark())
	assert.Equal(t, "ParMap/workload=big/impl=conc/workers=2", n.With("conc").String())
	assert.False(t, n.Ours())
	assert.False(t, n.With("fanfolder").Ours())
	assert.True(t, n.With("fanfold").Ours())
	assert.True(t, n.With("fanfold-seq").Ours())
}
