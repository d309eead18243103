package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

func TestParse(t *testing.T) {
	const out = `goos: linux
goarch: amd64
pkg: example.com/p
cpu: AMD EPYC
BenchmarkX/a=1/impl=conc/workers=2-2         	     100	  12345 ns/op	     896 B/op	       0 allocs/op
BenchmarkY/impl=fanfold-2	1	2.5 ns/op	4e+06 calls/s
PASS
`
	lines, cpu, err := parse(strings.NewReader(out), "p.test")
	require.NoError(t, err)
	assert.Equal(t, "AMD EPYC", cpu)
	assert.Equal(t, []line{
		{sample.Name{Table: "X/a=1", Impl: "conc", Block: "workers=2"}, map[string]float64{"ns/op": 12345, "B/op": 896, "allocs/op": 0}},
		{sample.Name{Table: "Y", Impl: "fanfold"}, map[string]float64{"ns/op": 2.5, "calls/s": 4e6}},
	}, lines)
}

func TestParseRefuses(t *testing.T) {
	for name, out := range map[string]string{
		"no implementation": "BenchmarkX-2 1 5 ns/op\n",
		"not a number":      "BenchmarkX/impl=a-2 1 five ns/op\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := parse(strings.NewReader(out), "p.test")
			require.Error(t, err)
		})
	}
}
