package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// An entry is one implementation of a comparison and the program that runs it.
type entry struct {
	name caseName
	prog program
}

// measure runs all of s's comparisons.
func measure(ctx context.Context, s suite, rounds int, benchtime string) (*results, error) {
	dir, err := os.MkdirTemp("", "report-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	progs, err := programs(ctx, s, dir)
	if err != nil {
		return nil, err
	}

	r := &results{
		Package:   s.pkg,
		Date:      time.Now().Format(time.DateOnly),
		Cores:     runtime.NumCPU(),
		Go:        runtime.Version(),
		System:    runtime.GOOS + "/" + runtime.GOARCH,
		Commit:    commit(ctx),
		Rounds:    rounds,
		Benchtime: benchtime,
	}
	if err := r.collect(ctx, progs); err != nil {
		return nil, err
	}
	return r, nil
}

// collect runs the rounds.
func (r *results) collect(ctx context.Context, progs []program) error {
	groups, err := r.list(ctx, progs)
	if err != nil {
		return err
	}
	start := time.Now()
	for round := range r.Rounds {
		for _, g := range groups {
			for _, e := range rotate(g, round) {
				lines, _, err := e.prog.run(ctx, e.name.pattern(), r.Benchtime)
				if err != nil {
					return err
				}
				if len(lines) != 1 || lines[0].name != e.name {
					return fmt.Errorf("asked for %s, got %d results", e.name, len(lines))
				}
				r.add(lines[0])
			}
		}
		took := time.Since(start)
		left := took / time.Duration(round+1) * time.Duration(r.Rounds-round-1)
		fmt.Fprintf(os.Stderr, "%s: round %d of %d, %v, %v left\n",
			r.Package, round+1, r.Rounds, took.Round(time.Second), left.Round(time.Second))
	}
	return nil
}

// list runs every benchmark once, to learn which there are, and returns them by
// comparison.
func (r *results) list(ctx context.Context, progs []program) ([][]entry, error) {
	var entries []entry
	for _, p := range progs {
		lines, cpu, err := p.run(ctx, ".", "1x")
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			entries = append(entries, entry{l.name, p})
			r.Cases = append(r.Cases, sampled{Name: l.name.String(), Samples: map[string][]float64{}})
		}
		if cpu != "" {
			r.CPU = cpu
		}
	}
	return group(entries), nil
}

// group puts the implementations of a comparison together, in the order in
// which the first of each was listed.
func group(entries []entry) [][]entry {
	var groups [][]entry
	at := map[caseName]int{}
	for _, e := range entries {
		key := e.name.with("")
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

// commit names the version that is measured, "unknown" outside of a repository.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--exclude=*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
