package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// renderOverviews gives each benchmark with parameters a small table for each of
// its blocks: how many times as fast as the baseline every implementation is.
func renderOverviews(b *bytes.Buffer, s section, tables []table) {
	var done []string
	for _, t := range tables {
		first := t.cases[0]
		if slices.Contains(done, first.benchmark()) {
			continue
		}
		done = append(done, first.benchmark())
		same := slices.DeleteFunc(slices.Clone(tables), func(o table) bool {
			return o.cases[0].benchmark() != first.benchmark()
		})
		renderOverview(b, s, first.benchmark(), same)
	}
}

// renderOverview writes the tables of one benchmark: a line for each table and
// block, a column for each implementation.
func renderOverview(b *bytes.Buffer, s section, benchmark string, tables []table) {
	base := s.baseline(tables[0].cases[0])
	var impls, blocks []string
	for _, t := range tables {
		for _, c := range t.cases {
			if !slices.Contains(impls, c.impl) {
				impls = append(impls, c.impl)
			}
			if !slices.Contains(blocks, c.block) {
				blocks = append(blocks, c.block)
			}
		}
	}
	fmt.Fprintf(b, "\n### %s, times as fast as %s\n\n| |", benchmark, base)
	for _, impl := range impls {
		fmt.Fprintf(b, " %s |", emphasis(impl))
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(impls)) + "\n")
	for _, block := range blocks {
		for _, t := range tables {
			row := slices.DeleteFunc(slices.Clone(t.cases), func(c caseName) bool { return c.block != block })
			if len(row) == 0 {
				continue
			}
			fmt.Fprintf(b, "| %s |", label(t.name, block))
			for _, impl := range impls {
				fmt.Fprintf(b, " %s |", s.overviewCell(row[0].with(impl), base))
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

// overviewCell is the median of the speed alone.
func (s section) overviewCell(c caseName, base string) string {
	mine, other := s.samples(c)["ns/op"], s.samples(c.with(base))["ns/op"]
	if len(mine) == 0 || len(other) == 0 {
		return ""
	}
	return number(summarize(ratios(other, mine)).median)
}
