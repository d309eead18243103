// Package page renders what was measured: a page for each suite, a first page
// over all of them, and charts.
package page

import (
	"slices"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// A Section is a suite with its results.
type Section struct {
	suite.Suite
	*sample.Results
}

// A table holds the cases of a benchmark with the same parameters in front of
// the implementation's name.
type table struct {
	name  string
	cases []sample.Name
}

// tables groups the measured cases, in the order of the benchmarks.
func (s Section) tables() []table {
	var tables []table
	for _, c := range s.Cases {
		name := sample.MustParseName(c.Name)
		i := slices.IndexFunc(tables, func(t table) bool { return t.name == name.Table })
		if i < 0 {
			i = len(tables)
			tables = append(tables, table{name: name.Table})
		}
		tables[i].cases = append(tables[i].cases, name)
	}
	return tables
}

// blocks returns the blocks of the cases, in the order of the benchmarks.
func blocks(cases []sample.Name) []string {
	var all []string
	for _, n := range cases {
		if !slices.Contains(all, n.Block) {
			all = append(all, n.Block)
		}
	}
	return all
}

// of returns the cases of a block.
func of(cases []sample.Name, block string) []sample.Name {
	return slices.DeleteFunc(slices.Clone(cases), func(n sample.Name) bool { return n.Block != block })
}

// times returns the times of a case in ns, one for each round.
func (s Section) times(n sample.Name) []float64 { return s.Samples(n)["ns/op"] }

// speed returns how many times as fast as base a case is; ok is false if one of
// them was not measured.
func (s Section) speed(n sample.Name, base string) (speed sample.Summary, ok bool) {
	mine, other := s.times(n), s.times(n.With(base))
	if len(mine) == 0 || len(other) == 0 {
		return speed, false
	}
	return sample.Summarize(sample.Ratios(other, mine)), true
}

// emphasis makes our lines findable.
func emphasis(n sample.Name) string {
	if n.Ours() {
		return "**" + n.Impl + "**"
	}
	return n.Impl
}
