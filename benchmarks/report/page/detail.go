package page

import (
	"fmt"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// Detail returns what is generated of the page of a suite, which lies in the
// folder results.
func Detail(s Section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Results\n\n%s. %s, commit %s, %d rounds of %s. [How to read this](../README.md)\n",
		machine(s.Results), s.Date, s.Commit, s.Rounds, s.Benchtime)
	verdicts(&b, s)
	for _, c := range s.drawn() {
		fmt.Fprintf(&b, "\n![%s](../%s)\n", c.Title, chartFile(c))
	}
	tables := s.tables()
	overviews(&b, s, tables)
	losing(&b, s)
	b.WriteString("\n## Every case\n")
	for _, t := range tables {
		everyCase(&b, s, t)
	}
	return b.String()
}

// verdicts lists the marks and costs of a section.
func verdicts(b *strings.Builder, s Section) {
	if len(s.Marks)+len(s.Costs) == 0 {
		return
	}
	b.WriteString("\n| mark | value | target | |\n|---|--:|--:|---|\n")
	line := func(m suite.Mark, target, met string) {
		v := m.Verdict(s.Results)
		value := v.Value.String()
		if !v.Measured {
			value, met = "", "not measured yet"
		} else if met == "" {
			met = "missed"
			if v.Met {
				met = "met"
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", m.Name, value, target, met)
	}
	for _, m := range s.Marks {
		line(m, sign(m.Op)+" "+sample.Number(m.Target), "")
	}
	for _, c := range s.Costs {
		line(c, "", c.Note)
	}
}
