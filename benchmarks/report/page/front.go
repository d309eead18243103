package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// Front returns what is generated of the first page: what was measured where,
// the marks, the charts, and the losing cases by their reason.
func Front(sections []Section) string {
	var b strings.Builder
	circumstances(&b, sections)
	marks(&b, sections)
	charts(&b, sections)
	reasons(&b, sections)
	return b.String()
}

// link returns a link to the page of a suite, which lies in the folder results.
func link(s suite.Suite) string { return fmt.Sprintf("[%s](results/%s.md)", s.Pkg, s.File()) }

// machine describes where results were taken.
func machine(r *sample.Results) string {
	return fmt.Sprintf("%s, %d cores, %s, %s", r.CPU, r.Cores, r.System, r.Go)
}

func circumstances(b *strings.Builder, sections []Section) {
	b.WriteString("## What was measured where\n")
	var machines []string
	for _, s := range sections {
		if m := machine(s.Results); !slices.Contains(machines, m) {
			machines = append(machines, m)
		}
	}
	for _, m := range machines {
		fmt.Fprintf(b, "\n%s:\n\n| suite | date | commit | rounds | marks met | missed | losing cases |\n|---|---|---|--:|--:|--:|--:|\n", m)
		for _, s := range sections {
			if machine(s.Results) != m {
				continue
			}
			met, missed := 0, 0
			for _, m := range s.Marks {
				switch v := m.Verdict(s.Results); {
				case v.Met:
					met++
				case v.Measured:
					missed++
				}
			}
			fmt.Fprintf(b, "| %s | %s | %s | %d | %d | %d | %d |\n", link(s.Suite), s.Date, s.Commit, s.Rounds, met, missed, len(s.losses()))
		}
	}
}

// marks lists the marks that are missed in a table, and those that are met and
// the costs in a line for each suite.
func marks(b *strings.Builder, sections []Section) {
	var missed, met, unmeasured, costs []string
	for _, s := range sections {
		var here []string
		for _, m := range s.Marks {
			v := m.Verdict(s.Results)
			target := sign(m.Op) + " " + sample.Number(m.Target)
			switch {
			case v.Met:
				here = append(here, fmt.Sprintf("%s %s (%s)", m.Name, reached(v), target))
			case v.Measured:
				missed = append(missed, fmt.Sprintf("| %s | %s | %s | %s |\n", s.Pkg, m.Name, v.Value, target))
			default:
				unmeasured = append(unmeasured, m.Name)
			}
		}
		if len(here) > 0 {
			met = append(met, fmt.Sprintf("- %s: %s\n", s.Pkg, strings.Join(here, ", ")))
		}
		for _, c := range s.Costs {
			if v := c.Verdict(s.Results); v.Measured {
				costs = append(costs, fmt.Sprintf("- %s: %s %s\n", s.Pkg, sample.Number(v.Value.Median), c.Note))
			}
		}
	}
	b.WriteString("\n## Marks\n")
	if len(missed) > 0 {
		b.WriteString("\nMissed:\n\n| suite | mark | value | target |\n|---|---|--:|--:|\n" + strings.Join(missed, ""))
	}
	if len(met) > 0 {
		b.WriteString("\nMet:\n\n" + strings.Join(met, ""))
	}
	if len(unmeasured) > 0 {
		b.WriteString("\nNot measured yet: " + strings.Join(unmeasured, ", ") + ".\n")
	}
	if len(costs) > 0 {
		b.WriteString("\nStated without a mark:\n\n" + strings.Join(costs, ""))
	}
}

// reached formats the value of a mark that is met: the median, and the interval as
// well where only an end of that reaches the target.
func reached(v suite.Verdict) string {
	if m := v.Value.Median; v.Op == suite.AtLeast && m >= v.Target || v.Op == suite.AtMost && m <= v.Target {
		return sample.Number(m)
	}
	return v.Value.String()
}

func sign(o suite.Op) string {
	if o == suite.AtLeast {
		return "≥"
	}
	return "≤"
}

func charts(b *strings.Builder, sections []Section) {
	b.WriteString("\n## Charts\n")
	for _, s := range sections {
		for _, c := range s.drawn() {
			if !c.Inner {
				fmt.Fprintf(b, "\n![%s](%s)\n", c.Title, chartFile(c))
			}
		}
	}
}
