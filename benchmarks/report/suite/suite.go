// Package suite says what is measured: the suites, their marks and charts, and
// why others are faster where they are. The figures are in package sample.
package suite

import (
	"slices"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// A Suite is what is measured and promised of one package of benchmarks. What
// its page explains stands in the page itself, above the tables.
type Suite struct {
	// Pkg is the folder of the benchmarks, and the name of the suite.
	Pkg string
	// Scripts are programs beside the Go benchmarks, each with the interpreter
	// that it needs: without that, the script is left out.
	Scripts []Script
	// Baselines gives, by name of the benchmark, the implementation that the
	// others' speed is a multiple of. Where there is none, it is fanfold.
	Baselines map[string]string
	// Marks are promises, and Costs figures that are stated without one.
	Marks, Costs []Mark
	Charts       []Chart
	// Why gives the reason why others are faster, by table ("X/k=v"), by table
	// and the slower one of fanfold's implementations ("X/k=v/than=z"), or by
	// table and the faster implementation ("X/k=v/impl=y").
	Why map[string]Reason
}

// A Script is a program that takes -test.bench and -test.benchtime and prints
// its results as Go's benchmarks do.
type Script struct{ Interpreter, File string }

// A Chart shows how many times as fast as the baseline the implementations of
// some tables are.
type Chart struct {
	Name   string // of the file
	Title  string
	Tables []string
	Block  string // the one block that is shown, if the tables have several
	Inner  bool   // shown on the suite's page only, and not on the first one
}

// All are the suites in the order of the report.
var All = slices.Concat(
	[]Suite{parallel, sequential, sorts, caches},
	[]Suite{pools, sleepers, queues, locks, signals, tasks},
	[]Suite{processes, starts, kills, payloads, shared},
	[]Suite{loop, echo, files},
	[]Suite{frames, http, websocket},
	[]Suite{wordcount},
)

// File is the name of the suite as a part of a file's name.
func (s Suite) File() string { return strings.ReplaceAll(s.Pkg, "/", "-") }

// Baseline returns the implementation that a table's speeds are multiples of.
func (s Suite) Baseline(n sample.Name) string {
	if b, ok := s.Baselines[n.Benchmark()]; ok {
		return b
	}
	return sample.Ours
}

// Explain returns the reason why the implementation n is faster than than, which
// is one of fanfold's.
func (s Suite) Explain(n sample.Name, than string) Reason {
	for _, key := range []string{n.Table + "/impl=" + n.Impl, n.Table + "/than=" + than, n.Table} {
		if reason, ok := s.Why[key]; ok {
			return reason
		}
	}
	return unexplained
}
