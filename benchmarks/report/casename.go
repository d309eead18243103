package main

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// A caseName is the name of a benchmark, BenchmarkX/a=1/impl=conc/workers=2,
// in the three parts that the report needs. What stands before the
// implementation names a table of the report, what stands after it a block of
// lines of that table.
type caseName struct {
	table string // "X/a=1"
	impl  string // "conc"
	block string // "workers=2", or empty
}

// parseName takes a name as benchmarks print it, without the word Benchmark and
// perhaps with the number of processors behind a dash.
func parseName(n benchfmt.Name) (caseName, error) {
	base, parts := n.Parts()
	c := caseName{table: string(base)}
	for _, p := range parts {
		part, ok := strings.CutPrefix(string(p), "/")
		impl, isImpl := strings.CutPrefix(part, "impl=")
		switch {
		case !ok: // the number of processors
		case isImpl && c.impl == "":
			c.impl = impl
		case c.impl == "":
			c.table += "/" + part
		case c.block == "":
			c.block = part
		default:
			c.block += "/" + part
		}
	}
	if c.impl == "" {
		return c, fmt.Errorf("benchmark %q names no implementation: want /impl=… in it", n)
	}
	return c, nil
}

// mustName parses a name that is written in this program.
func mustName(s string) caseName {
	c, err := parseName(benchfmt.Name(s))
	if err != nil {
		panic("report: " + err.Error())
	}
	return c
}

func (c caseName) String() string {
	s := c.table + "/impl=" + c.impl
	if c.block != "" {
		s += "/" + c.block
	}
	return s
}

// pattern returns the value of -test.bench that selects c alone.
func (c caseName) pattern() string {
	elems := strings.Split("Benchmark"+c.String(), "/")
	for i, e := range elems {
		elems[i] = "^" + regexp.QuoteMeta(e) + "$"
	}
	return strings.Join(elems, "/")
}

// benchmark returns the name of the benchmark without its parameters.
func (c caseName) benchmark() string {
	name, _, _ := strings.Cut(c.table, "/")
	return name
}

// with returns the case of another implementation in the same comparison.
func (c caseName) with(impl string) caseName {
	c.impl = impl
	return c
}
