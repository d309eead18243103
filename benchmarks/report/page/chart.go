package page

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// A bar is one implementation in a chart.
type bar struct {
	name  sample.Name
	speed sample.Summary
}

// bars are those of one table.
type bars struct {
	label string
	all   []bar
}

func chartFile(c suite.Chart) string { return "charts/" + c.Name + ".svg" }

// drawn returns the charts of s for which there are results.
func (s Section) drawn() []suite.Chart {
	return slices.DeleteFunc(slices.Clone(s.Charts), func(c suite.Chart) bool { return len(s.bars(c)) == 0 })
}

// bars returns what c shows, the fastest of each table first.
func (s Section) bars(c suite.Chart) []bars {
	var groups []bars
	for _, t := range s.tables() {
		if !slices.Contains(c.Tables, t.name) {
			continue
		}
		g := bars{label: suite.Title(t.name)}
		for _, n := range t.cases {
			if speed, ok := s.speed(n, s.Baseline(n)); ok && n.Block == c.Block {
				g.all = append(g.all, bar{n, speed})
			}
		}
		slices.SortStableFunc(g.all, func(x, y bar) int { return cmp.Compare(y.speed.Median, x.speed.Median) })
		if len(g.all) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// WriteCharts renders the charts of all sections into the folder dir/charts.
func WriteCharts(dir string, sections []Section) error {
	for _, s := range sections {
		for _, c := range s.drawn() {
			file := filepath.Join(dir, chartFile(c))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(file, draw(c.Title, s.bars(c)), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
