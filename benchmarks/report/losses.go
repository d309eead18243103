package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// noticeable is the factor under which a difference counts as none.
const noticeable = 1.3

// A loss is a case in which another implementation is faster than fanfold.
type loss struct {
	pkg    string
	winner caseName
	loser  string // one of our implementations
	factor summary
	why    string
}

// losses returns the cases that s's package loses.
func (s section) losses() []loss {
	var all []loss
	for _, theirs := range s.Cases {
		winner := mustName(theirs.Name)
		if isOurs(winner.impl) {
			continue
		}
		for _, mine := range s.Cases {
			loser := mustName(mine.Name)
			if !isOurs(loser.impl) || loser.with(winner.impl) != winner {
				continue
			}
			factor := summarize(ratios(mine.Samples["ns/op"], theirs.Samples["ns/op"]))
			if factor.median >= noticeable {
				all = append(all, loss{s.pkg, winner, loser.impl, factor, s.explain(winner)})
			}
		}
	}
	return all
}

// renderLosses lists the losing cases of all sections, the worst first.
func renderLosses(b *bytes.Buffer, sections []section) {
	b.WriteString("\n## Losing cases\n\n")
	var all []loss
	for _, s := range sections {
		all = append(all, s.losses()...)
	}
	if len(all) == 0 {
		fmt.Fprintf(b, "No case in which something else is at least %vx as fast as fanfold.\n", noticeable)
		return
	}
	slices.SortStableFunc(all, func(x, y loss) int { return cmp.Compare(y.factor.median, x.factor.median) })
	b.WriteString("| case | what is faster | than | times | why |\n|---|---|---|--:|---|\n")
	for _, l := range all {
		where := l.winner.table
		if l.winner.block != "" {
			where += ", " + l.winner.block
		}
		fmt.Fprintf(b, "| %s %s | %s | %s | %s | %s |\n", l.pkg, where, l.winner.impl, l.loser, l.factor, l.why)
	}
}
