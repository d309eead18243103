package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// everyCase lists a table's cases, block by block, the fastest first.
func everyCase(b *strings.Builder, s Section, t table) {
	base := s.Baseline(t.cases[0])
	columns := s.columns(t)
	fmt.Fprintf(b, "\n<details><summary>%s</summary>\n\n", suite.Title(t.name))
	fmt.Fprintf(b, "| | implementation | time | times as fast as %s |", base)
	for _, c := range columns {
		fmt.Fprintf(b, " %s |", c.title)
	}
	b.WriteString("\n|---|---|--:|--:|" + strings.Repeat("--:|", len(columns)) + "\n")
	for _, block := range blocks(t.cases) {
		rows := of(t.cases, block)
		slices.SortStableFunc(rows, func(x, y sample.Name) int {
			return cmp.Compare(sample.Summarize(s.times(x)).Median, sample.Summarize(s.times(y)).Median)
		})
		for _, n := range rows {
			speed := "–" // where the baseline was not measured beside it
			if v, ok := s.speed(n, base); ok {
				speed = v.String()
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |", block, emphasis(n), quantity(sample.Summarize(s.times(n)), "ns/op"), speed)
			for _, c := range columns {
				fmt.Fprintf(b, " %s |", s.metric(n, c.unit))
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\n</details>\n")
}

// A column shows one unit beside the time.
type column struct{ unit, title string }

// columns returns those of t. Some are shown only where they were measured.
func (s Section) columns(t table) []column {
	all := []column{
		{"max-ns/op", "longest"},
		{"MB/s", "throughput"},
		{"calls/s", "calls"},
		{"items/s", "items"},
		{"records/s", "records"},
		{"cpu-ns/op", "processors"},
		{"peak-B", "peak memory"},
		{"worker-B", "memory of a worker"},
		{"own-B", "of that unshared"},
		{"idle-B", "memory of a connection"},
		{"wall-ns/op", "time that passes"},
		{"B/op", "B/op"},
		{"allocs/op", "allocs/op"},
	}
	return slices.DeleteFunc(all, func(c column) bool {
		measured := slices.ContainsFunc(t.cases, func(n sample.Name) bool { return len(s.Samples(n)[c.unit]) > 0 })
		return c.unit != c.title && !measured
	})
}

// metric returns the median of another unit, "–" if it was not measured.
func (s Section) metric(n sample.Name, unit string) string {
	values := s.Samples(n)[unit]
	if len(values) == 0 {
		return "–"
	}
	m := sample.Summarize(values).Median
	return quantity(sample.Summary{Median: m, Lo: m, Hi: m}, unit)
}

// quantity formats a value with its unit: "12.30 µs (12.20–12.41)".
func quantity(v sample.Summary, unit string) string {
	median, tidy := benchunit.Tidy(v.Median, unit)
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
	if _, plain, ok := strings.Cut(symbol, "/s"); ok && plain == "" && !strings.HasPrefix(symbol, "B") {
		symbol = "/s" // of calls/s and their like
	}
	text := fmt.Sprintf("%.*f %s%s", scale.Prec, median/scale.Factor, scale.Prefix, symbol)
	if v.Lo == v.Hi || !v.HasInterval() {
		return text
	}
	lo, _ := benchunit.Tidy(v.Lo, unit)
	hi, _ := benchunit.Tidy(v.Hi, unit)
	return fmt.Sprintf("%s (%.*f–%.*f)", text, scale.Prec, lo/scale.Factor, scale.Prec, hi/scale.Factor)
}
