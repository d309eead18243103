package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/perf/benchunit"
)

// A section is what README.md says of one package.
type section struct {
	suite
	*results
	notes string
}

const preface = `# Benchmarks

Written by ` + "`go -C benchmarks run ./report`" + `: do not edit. Values are medians over the rounds,
with the interval that holds the true median with 95 % confidence in parentheses (order
statistics; there is none under six rounds). Implementations of a comparison run one right after
the other in every round, in an order that rotates, and ratios are taken within a round. Treat
differences under 1.3x as none.
`

const epilogue = `
## How to reproduce

    go -C benchmarks run ./report                          # everything
    go -C benchmarks run ./report -pkg functional -rounds 20
    go -C benchmarks run ./report -rounds 0                # render again what results/ holds
    go -C benchmarks test ./functional -bench 'ParMap/workload=triangular' -count 10 > new.txt
    go run golang.org/x/perf/cmd/benchstat@latest -col /impl new.txt

On a machine that does nothing else. The samples of every round are in results/.
`

// render returns the text of README.md.
func render(sections []section) []byte {
	var b bytes.Buffer
	b.WriteString(preface)
	b.WriteString("\n| package | date | processor | cores | Go | commit | rounds |\n|---|---|---|--:|---|---|--:|\n")
	for _, s := range sections {
		fmt.Fprintf(&b, "| %s | %s | %s, %s | %d | %s | %s | %d x %s |\n",
			s.pkg, s.Date, s.CPU, s.System, s.Cores, s.Go, s.Commit, s.Rounds, s.Benchtime)
	}
	renderLosses(&b, sections)
	renderMarks(&b, sections)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.pkg, s.about)
		for _, c := range s.drawn() {
			fmt.Fprintf(&b, "\n![%s](%s)\n", c.title, c.file())
		}
		tables := s.tables()
		renderOverviews(&b, s, tables)
		b.WriteString("\n### Every case\n")
		for _, t := range tables {
			renderTable(&b, s, t)
		}
		if s.notes != "" {
			fmt.Fprintf(&b, "\n### Notes\n\n%s\n", strings.TrimSpace(s.notes))
		}
	}
	b.WriteString(epilogue)
	return b.Bytes()
}

// renderMarks lists the marks of all sections.
func renderMarks(b *bytes.Buffer, sections []section) {
	b.WriteString("\n## Marks\n\n| mark | value | target | |\n|---|---|---|---|\n")
	for _, s := range sections {
		for _, m := range s.marks {
			v := m.verdict(s.results)
			value, met := "unmeasured", "**miss**"
			if v.measured {
				value = v.value.String()
			}
			if v.met {
				met = "ok"
			}
			fmt.Fprintf(b, "| %s %s | %s | %s %s | %s |\n", s.pkg, m.name, value, sign(m.op), number(m.target), met)
		}
	}
}

func sign(o op) string {
	if o == atLeast {
		return "≥"
	}
	return "≤"
}

// A table holds the cases of a benchmark with the same parameters in front of
// the implementation's name.
type table struct {
	name  string
	cases []caseName
}

// tables groups the measured cases, in the order of the benchmarks.
func (s section) tables() []table {
	var tables []table
	for _, c := range s.Cases {
		name := mustName(c.Name)
		i := slices.IndexFunc(tables, func(t table) bool { return t.name == name.table })
		if i < 0 {
			i = len(tables)
			tables = append(tables, table{name: name.table})
		}
		tables[i].cases = append(tables[i].cases, name)
	}
	return tables
}

// renderTable lists a table's cases, block by block, the fastest first.
func renderTable(b *bytes.Buffer, s section, t table) {
	var blocks []string
	for _, c := range t.cases {
		if !slices.Contains(blocks, c.block) {
			blocks = append(blocks, c.block)
		}
	}
	base := s.baseline(t.cases[0])
	columns := s.columns(t)
	fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n", t.name)
	fmt.Fprintf(b, "| | implementation | time | times as fast as %s |", base)
	for _, c := range columns {
		fmt.Fprintf(b, " %s |", c.title)
	}
	b.WriteString("\n|---|---|--:|--:|" + strings.Repeat("--:|", len(columns)) + "\n")
	for _, block := range blocks {
		rows := slices.DeleteFunc(slices.Clone(t.cases), func(c caseName) bool { return c.block != block })
		slices.SortStableFunc(rows, func(x, y caseName) int {
			return cmp.Compare(s.time(x).median, s.time(y).median)
		})
		for _, c := range rows {
			fmt.Fprintf(b, "| %s | %s | %s | %s |", block, emphasis(c.impl),
				quantity(s.time(c), "ns/op"), s.speed(c, base))
			for _, col := range columns {
				fmt.Fprintf(b, " %s |", s.metric(c, col.unit))
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\n</details>\n")
}

// A column shows one unit beside the time.
type column struct{ unit, title string }

// columns returns t's, of which some stand only where they were measured.
func (s section) columns(t table) []column {
	all := []column{
		{"max-ns/op", "longest"},
		{"MB/s", "throughput"},
		{"cpu-ns/op", "processors"},
		{"peak-B", "peak memory"},
		{"worker-B", "memory of a worker"},
		{"own-B", "of that unshared"},
		{"B/op", "B/op"},
		{"allocs/op", "allocs/op"},
	}
	return slices.DeleteFunc(all, func(col column) bool {
		measured := slices.ContainsFunc(t.cases, func(c caseName) bool { return len(s.samples(c)[col.unit]) > 0 })
		return col.unit != col.title && !measured
	})
}

// time summarizes a case's time in ns.
func (s section) time(c caseName) summary { return summarize(s.samples(c)["ns/op"]) }

// speed says how many times as fast as base a case is, "–" if base was not
// measured beside it.
func (s section) speed(c caseName, base string) string {
	other := s.samples(c.with(base))["ns/op"]
	if len(other) == 0 {
		return "–"
	}
	return summarize(ratios(other, s.samples(c)["ns/op"])).String()
}

// metric returns the median of another unit, "–" if it was not measured.
func (s section) metric(c caseName, unit string) string {
	values := s.samples(c)[unit]
	if len(values) == 0 {
		return "–"
	}
	return quantity(summary{median: summarize(values).median}, unit)
}

// quantity formats a value with its unit: "12.30 µs (12.20–12.41)".
func quantity(v summary, unit string) string {
	median, tidy := benchunit.Tidy(v.median, unit)
	class := benchunit.ClassOf(tidy)
	if unit == "allocs/op" {
		return fmt.Sprintf("%.0f", median)
	}
	scale := benchunit.CommonScale([]float64{median}, class)
	symbol := strings.TrimSuffix(tidy, "/op")
	if _, plain, ok := strings.Cut(symbol, "-"); ok { // of cpu-sec, peak-B and their like
		symbol = plain
	}
	if symbol == "sec" {
		symbol = "s"
	}
	text := fmt.Sprintf("%.*f %s%s", scale.Prec, median/scale.Factor, scale.Prefix, symbol)
	if v.lo == v.hi || !v.hasInterval() {
		return text
	}
	lo, _ := benchunit.Tidy(v.lo, unit)
	hi, _ := benchunit.Tidy(v.hi, unit)
	return fmt.Sprintf("%s (%.*f–%.*f)", text, scale.Prec, lo/scale.Factor, scale.Prec, hi/scale.Factor)
}

// emphasis makes our lines findable.
func emphasis(impl string) string {
	if isOurs(impl) {
		return "**" + impl + "**"
	}
	return impl
}
