package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// An entry is one implementation of a comparison and the program that runs it.
type entry struct {
	name sample.Name
	prog program
}

// measure runs the comparisons of s that bench selects. The results lack the commit.
func measure(ctx context.Context, s suite.Suite, bench string, rounds int, benchtime string) (*sample.Results, error) {
	dir, err := os.MkdirTemp("", "report-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	progs, err := programs(ctx, s, dir)
	if err != nil {
		return nil, err
	}

	r := &sample.Results{
		Package:   s.Pkg,
		Date:      time.Now().Format(time.DateOnly),
		Cores:     runtime.NumCPU(),
		Go:        runtime.Version(),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Rounds:    rounds,
		Benchtime: benchtime,
	}
	if err := collect(ctx, r, progs, bench); err != nil {
		return nil, err
	}
	return r, nil
}

// collect runs the rounds and adds what they give to r.
func collect(ctx context.Context, r *sample.Results, progs []program, bench string) error {
	groups, err := list(ctx, r, progs, bench)
	if err != nil {
		return err
	}
	start := time.Now()
	for round := range r.Rounds {
		for _, g := range groups {
			for _, e := range rotate(g, round) {
				lines, _, err := e.prog.run(ctx, e.name.Pattern(), r.Benchtime)
				if err != nil {
					return err
				}
				if len(lines) != 1 || lines[0].name != e.name {
					return fmt.Errorf("asked for %s, got %d results", e.name, len(lines))
				}
				r.Add(lines[0].name, lines[0].values)
			}
		}
		took := time.Since(start)
		left := took / time.Duration(round+1) * time.Duration(r.Rounds-round-1)
		fmt.Fprintf(os.Stderr, "%s: round %d of %d, %v, %v left\n",
			r.Package, round+1, r.Rounds, took.Round(time.Second), left.Round(time.Second))
	}
	return nil
}

// list runs every benchmark that bench selects once, to learn their names. It notes
// them as the cases of r, and returns them by comparison.
func list(ctx context.Context, r *sample.Results, progs []program, bench string) ([][]entry, error) {
	var entries []entry
	for _, p := range progs {
		lines, cpu, err := p.run(ctx, bench, "1x")
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			entries = append(entries, entry{l.name, p})
			r.Cases = append(r.Cases, sample.Case{Name: l.name.String(), Samples: map[string][]float64{}})
		}
		if cpu != "" {
			r.CPU = cpu
		}
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("there is no benchmark like %s", bench)
	}
	return group(entries), nil
}

// group puts the implementations of a comparison together, in the order in
// which the first of each was listed.
func group(entries []entry) [][]entry {
	var groups [][]entry
	at := map[sample.Name]int{}
	for _, e := range entries {
		key := e.name.With("")
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// rotate returns g, starting with another one in each round.
func rotate(g []entry, round int) []entry {
	i := round % len(g)
	return slices.Concat(g[i:], g[:i])
}
