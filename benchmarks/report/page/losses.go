package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// noticeable is the factor under which a difference counts as none.
const noticeable = 1.3

// A loss is a case in which another implementation is faster than fanfold.
type loss struct {
	suite  suite.Suite
	winner sample.Name
	loser  string // one of our implementations
	factor sample.Summary
	reason suite.Reason
}

// where names the case.
func (l loss) where() string {
	title := suite.Title(l.winner.Table)
	if l.winner.Block != "" {
		title += ", " + l.winner.Block
	}
	return title
}

// losses returns the cases that s loses, the worst first.
func (s Section) losses() []loss {
	var all []loss
	for _, theirs := range s.Cases {
		winner := sample.MustParseName(theirs.Name)
		if winner.Ours() {
			continue
		}
		for _, mine := range s.Cases {
			loser := sample.MustParseName(mine.Name)
			if !loser.Ours() || loser.With(winner.Impl) != winner {
				continue
			}
			if factor, ok := s.speed(winner, loser.Impl); ok && factor.Median >= noticeable {
				all = append(all, loss{s.Suite, winner, loser.Impl, factor, s.Explain(winner, loser.Impl)})
			}
		}
	}
	worstFirst(all)
	return all
}

func worstFirst(all []loss) {
	slices.SortStableFunc(all, func(x, y loss) int { return cmp.Compare(y.factor.Median, x.factor.Median) })
}

// losing lists the losing cases of a section.
func losing(b *strings.Builder, s Section) {
	all := s.losses()
	if len(all) == 0 {
		return
	}
	b.WriteString("\n## Losing cases\n\n| case | what is faster | than | times | why |\n|---|---|---|--:|---|\n")
	for _, l := range all {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", l.where(), l.winner.Impl, l.loser, l.factor, l.reason)
	}
}

// reasons lists the losing cases of all sections by their reason, that of the
// worst case first.
func reasons(b *strings.Builder, sections []Section) {
	b.WriteString("\n## Losing cases\n\n")
	var all []loss
	for _, s := range sections {
		all = append(all, s.losses()...)
	}
	if len(all) == 0 {
		fmt.Fprintf(b, "No case in which something else is at least %vx as fast as fanfold.\n", noticeable)
		return
	}
	worstFirst(all)
	byReason := map[suite.Reason][]loss{}
	var order []suite.Reason
	for _, l := range all {
		if byReason[l.reason] == nil {
			order = append(order, l.reason)
		}
		byReason[l.reason] = append(byReason[l.reason], l)
	}
	fmt.Fprintf(b, "In %d cases something else is at least %v times as fast as fanfold, for %d reasons:\n\n", len(all), noticeable, len(order))
	b.WriteString("| why it is faster | suites | cases | times, at worst |\n|---|---|--:|---|\n")
	for _, reason := range order {
		var links []string
		for _, l := range byReason[reason] {
			if at := link(l.suite); !slices.Contains(links, at) {
				links = append(links, at)
			}
		}
		worst := byReason[reason][0]
		fmt.Fprintf(b, "| %s | %s | %d | %s: %s, %s |\n", reason, strings.Join(links, ", "), len(byReason[reason]),
			sample.Number(worst.factor.Median), worst.winner.Impl, worst.where())
	}
}
