package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// overviews gives each benchmark a small table: how many times as fast as the
// baseline every implementation is.
func overviews(b *strings.Builder, s Section, tables []table) {
	var done []string
	for _, t := range tables {
		name := t.cases[0].Benchmark()
		if slices.Contains(done, name) {
			continue
		}
		done = append(done, name)
		overview(b, s, slices.DeleteFunc(slices.Clone(tables), func(o table) bool {
			return o.cases[0].Benchmark() != name
		}))
	}
}

// overview writes the tables of one benchmark: a line for each table and block,
// a column for each implementation.
func overview(b *strings.Builder, s Section, tables []table) {
	var all, impls []sample.Name // the latter one for each implementation
	for _, t := range tables {
		for _, n := range t.cases {
			all = append(all, n)
			if !slices.ContainsFunc(impls, func(o sample.Name) bool { return o.Impl == n.Impl }) {
				impls = append(impls, n)
			}
		}
	}
	base := s.Baseline(all[0])
	fmt.Fprintf(b, "\n## %s, times as fast as %s\n\n| |", suite.Operator(all[0].Benchmark()), base)
	for _, n := range impls {
		fmt.Fprintf(b, " %s |", emphasis(n))
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(impls)) + "\n")
	for _, block := range blocks(all) {
		for _, t := range tables {
			row := of(t.cases, block)
			if len(row) == 0 {
				continue
			}
			fmt.Fprintf(b, "| %s |", label(t.name, block))
			for _, n := range impls {
				cell := ""
				if speed, ok := s.speed(row[0].With(n.Impl), base); ok {
					cell = sample.Number(speed.Median)
				}
				fmt.Fprintf(b, " %s |", cell)
			}
			b.WriteByte('\n')
		}
	}
}

// label names a line: the parameters of its table and its block, if any.
func label(table, block string) string {
	_, params, _ := strings.Cut(table, "/")
	if params != "" && block != "" {
		params += ", "
	}
	return params + block
}
