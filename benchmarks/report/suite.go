package main

import (
	"slices"
	"strings"
)

// ours is the implementation that is compared with all others, or the first
// word of its name: fanfold-processes is one of ours, too.
const ours = "fanfold"

func isOurs(impl string) bool { return impl == ours || strings.HasPrefix(impl, ours+"-") }

// A suite is what is measured and promised of one package.
type suite struct {
	// pkg is the folder of the benchmarks, and the name of the section.
	pkg string
	// about introduces the section.
	about string
	// scripts are programs beside the Go benchmarks, each with the interpreter
	// it needs: without that, the script is left out.
	scripts []script
	// baselines gives, by name of the benchmark, the implementation that the
	// others' speed is a multiple of. Where there is none, it is fanfold.
	baselines map[string]string
	marks     []mark
	charts    []chart
	// why explains, in a line each, why others are faster: by table ("X/k=v")
	// or by table and implementation ("X/k=v/impl=y").
	why map[string]string
}

// A script is a program that takes -test.bench and -test.benchtime and prints
// its results as Go's benchmarks do.
type script struct{ interpreter, file string }

// suites are in the order of the report.
var suites = slices.Concat(
	[]suite{functionalSuite, sequentialSuite, sortsSuite, cachesSuite},
	concurrentSuites,
	ipcSuites,
	[]suite{wordcountSuite},
)

// baseline returns the implementation that a table's speeds are multiples of.
func (s suite) baseline(c caseName) string {
	if b, ok := s.baselines[c.benchmark()]; ok {
		return b
	}
	return ours
}

// explain returns the line that says why impl is faster than fanfold in c.
func (s suite) explain(c caseName) string {
	for _, key := range []string{c.table + "/impl=" + c.impl, c.table} {
		if line, ok := s.why[key]; ok {
			return line
		}
	}
	return "not explained yet"
}
