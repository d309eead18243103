// Command report measures fanfold's packages against the alternatives and
// writes what it finds to README.md.
//
//	go -C benchmarks run ./report [-pkg P] [-rounds N] [-benchtime T]
//
// For each mark it prints one line,
//
//	mark NAME VALUE OP TARGET ok|MISS
//
// # How it measures
//
// A package's benchmarks are ordinary Go benchmarks; programs in other languages
// that take the same two flags and print the same lines can stand beside them. A
// first pass runs every benchmark once, to find out the names and to warm the
// machine up, and is thrown away. Then, in every round, the implementations of a
// comparison run one right after the other, each in a process of its own and
// each round starting with another one, so that whatever disturbs the machine
// disturbs all of them. A ratio is computed within a round, never between two.
//
// What is reported is the median over the rounds with the interval that contains
// the true median with a confidence of 95 %, taken from the order of the samples
// alone: no distribution is assumed. Fewer than six rounds give no interval.
//
// # What it keeps
//
// The samples go to results/PACKAGE.json and README.md is rendered from all of
// these files, so that measuring one package leaves the others' sections as they
// were. The charts that it shows are rendered to charts/, one for each comparison
// that a suite names. With -rounds 0 nothing is measured and everything rendered
// again, after an edit to NOTES-PACKAGE.md for instance. In the names of files the
// slash of a package is a dash.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// enough is how many rounds a verdict on a mark needs.
const enough = 10

func main() {
	pkg := flag.String("pkg", "", "measure only this package (default all of them)")
	rounds := flag.Int("rounds", enough, "number of rounds; 0 renders what was measured before")
	benchtime := flag.String("benchtime", "50ms", "how long each implementation runs in a round, as in go test")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *pkg, *rounds, *benchtime); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, pkg string, rounds int, benchtime string) error {
	chosen := suites
	if pkg != "" {
		i := slices.IndexFunc(suites, func(s suite) bool { return s.pkg == pkg })
		if i < 0 {
			return fmt.Errorf("-pkg %q: there is only %s", pkg, strings.Join(packages(), ", "))
		}
		chosen = suites[i : i+1]
	}
	if rounds < 0 {
		return fmt.Errorf("-rounds %d: want 0 or more", rounds)
	}
	if _, err := os.Stat("report/main.go"); err != nil {
		return errors.New("run it in the folder of the benchmarks: go -C benchmarks run ./report")
	}

	if rounds > 0 {
		for _, s := range chosen {
			r, err := measure(ctx, s, rounds, benchtime)
			if err != nil {
				return fmt.Errorf("%s: %w", s.pkg, err)
			}
			if err := r.save(resultsFile(s.pkg)); err != nil {
				return err
			}
		}
	}

	var sections []section
	for _, s := range suites {
		r, err := load(resultsFile(s.pkg))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		notes, err := os.ReadFile("NOTES-" + flat(s.pkg) + ".md")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		sections = append(sections, section{suite: s, results: r, notes: string(notes)})
		if slices.ContainsFunc(chosen, func(c suite) bool { return c.pkg == s.pkg }) {
			printMarks(os.Stdout, s, r)
			if r.Rounds < enough && len(s.marks) > 0 {
				fmt.Fprintf(os.Stderr, "report: %s: a verdict on a mark needs %d rounds, not %d\n", s.pkg, enough, r.Rounds)
			}
		}
	}
	if err := writeCharts(sections); err != nil {
		return err
	}
	return os.WriteFile("README.md", render(sections), 0o644)
}

func packages() []string {
	var names []string
	for _, s := range suites {
		names = append(names, s.pkg)
	}
	return names
}

// printMarks prints the line of each of s's marks.
func printMarks(w io.Writer, s suite, r *results) {
	for _, m := range s.marks {
		fmt.Fprintln(w, "mark", m.name, m.verdict(r))
	}
}
