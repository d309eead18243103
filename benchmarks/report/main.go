// Command report measures fanfold's packages against the alternatives and writes
// what it finds to README.md and to a page for each suite in results.
//
//	go -C benchmarks run ./report [-pkg P] [-rounds N] [-benchtime T] [-print [-bench B]]
//
// For each mark it prints one line,
//
//	mark NAME VALUE OP TARGET ok|MISS
//
// # How it measures
//
// A suite's benchmarks are ordinary Go benchmarks. Programs in other languages that
// take the same two flags and print the same lines can stand beside them. A first
// pass runs every benchmark once, to learn their names and to warm the machine up;
// its figures are dropped. Then, in every round, the implementations of a comparison
// run one right after the other, each in a process of its own, and each round
// starts with another one: what disturbs the machine disturbs all of them. Ratios
// are computed within a round, never between two.
//
// The report gives the median over the rounds, and the interval that contains the
// true median with a confidence of 95 %. The interval follows from the order of the
// samples alone; no distribution is assumed. Fewer than six rounds give none.
//
// # What it keeps
//
// The samples of a suite go to results/SUITE.json, with the slash of its name as a
// dash. Its page is results/SUITE.md: the prose above the marker is written by hand
// and stays, the tables below it are rendered from the samples. README.md is made
// the same way, charts are rendered to charts/. Measuring one suite leaves the samples
// of the others as they were. With -rounds 0 nothing is measured and everything is
// rendered again.
//
// Results are kept of a commit only: while files differ from it, the report refuses
// to measure, and names them. With -print it measures all the same, prints what it
// found and keeps nothing; -bench then selects benchmarks, as in go test.
//
// # Its parts
//
// Package suite says what is measured and promised, package sample holds the samples
// and their statistics, package page renders them. A new case of a suite appears on
// its page once the suite is measured again; a new suite is a line in suite.All.
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
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/page"
	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// enough is how many rounds a verdict on a mark needs.
const enough = 10

func main() {
	pkg := flag.String("pkg", "", "measure only this suite (default all of them)")
	rounds := flag.Int("rounds", enough, "number of rounds; 0 renders what was measured before")
	benchtime := flag.String("benchtime", "50ms", "how long each implementation runs in a round, as in go test")
	bench := flag.String("bench", ".", "with -print, measure only what this `pattern` selects, as in go test")
	printOnly := flag.Bool("print", false, "print the results and keep nothing, whatever the state of the tree")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, options{*pkg, *bench, *rounds, *benchtime, *printOnly}); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		stop()
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	pkg, bench string
	rounds     int
	benchtime  string
	printOnly  bool
}

func run(ctx context.Context, o options) error {
	chosen, err := choose(o.pkg)
	if err != nil {
		return err
	}
	if o.rounds < 0 || o.rounds == 0 && o.printOnly {
		return fmt.Errorf("-rounds %d: want more", o.rounds)
	}
	if o.bench != "." && !o.printOnly {
		return errors.New("-bench without -print: the results of a suite are kept together")
	}
	if _, err := os.Stat("report/main.go"); err != nil {
		return errors.New("run it in the folder of the benchmarks: go -C benchmarks run ./report")
	}
	if o.rounds > 0 {
		for _, s := range chosen {
			if err := take(ctx, s, o); err != nil {
				return fmt.Errorf("%s: %w", s.Pkg, err)
			}
		}
	}
	if o.printOnly {
		return nil
	}
	sections, err := load(".")
	if err != nil {
		return err
	}
	for _, s := range sections {
		if slices.ContainsFunc(chosen, func(c suite.Suite) bool { return c.Pkg == s.Pkg }) {
			printMarks(os.Stdout, s)
		}
	}
	return render(".", sections)
}

// choose returns the suite of a package, or all of them.
func choose(pkg string) ([]suite.Suite, error) {
	if pkg == "" {
		return suite.All, nil
	}
	var names []string
	for i, s := range suite.All {
		if s.Pkg == pkg {
			return suite.All[i : i+1], nil
		}
		names = append(names, s.Pkg)
	}
	return nil, fmt.Errorf("-pkg %q: there is only %s", pkg, strings.Join(names, ", "))
}

// take measures a suite, and prints the results or keeps them.
func take(ctx context.Context, s suite.Suite, o options) error {
	at, dirty, err := tree(ctx, ".")
	switch {
	case o.printOnly:
	case err != nil:
		return fmt.Errorf("results are kept of a commit, and none was found: %w; -print keeps nothing", err)
	case len(dirty) > 0:
		return dirtyError(dirty)
	}
	r, err := measure(ctx, s, o.bench, o.rounds, o.benchtime)
	if err != nil {
		return err
	}
	r.Commit = at
	if !o.printOnly {
		return r.Save(samples(".", s))
	}
	section := page.Section{Suite: measured(s, r), Results: r}
	printMarks(os.Stdout, section)
	fmt.Println()
	fmt.Print(page.Detail(section))
	return nil
}

// measured returns s without charts, and without the marks and costs of what was not
// measured.
func measured(s suite.Suite, r *sample.Results) suite.Suite {
	absent := func(m suite.Mark) bool { return len(m.Values(r)) == 0 }
	s.Charts = nil
	s.Marks = slices.DeleteFunc(slices.Clone(s.Marks), absent)
	s.Costs = slices.DeleteFunc(slices.Clone(s.Costs), absent)
	return s
}

// samples is the file of a suite's samples below dir.
func samples(dir string, s suite.Suite) string {
	return filepath.Join(dir, "results", s.File()+".json")
}

// load returns the suites of which there are results below dir.
func load(dir string) ([]page.Section, error) {
	var sections []page.Section
	for _, s := range suite.All {
		r, err := sample.Load(samples(dir, s))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sections = append(sections, page.Section{Suite: s, Results: r})
	}
	return sections, nil
}

// render writes the pages and the charts of sections below dir.
func render(dir string, sections []page.Section) error {
	for _, s := range sections {
		file := filepath.Join(dir, "results", s.File()+".md")
		if err := splice(file, s.Pkg, page.Detail(s)); err != nil {
			return err
		}
	}
	if err := page.WriteCharts(dir, sections); err != nil {
		return err
	}
	return splice(filepath.Join(dir, "README.md"), "Benchmarks", page.Front(sections))
}

// splice puts what was generated below the prose of a page.
func splice(file, title, generated string) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(file, page.Splice(old, title, generated), 0o644)
}

// printMarks prints a line for each of s's marks.
func printMarks(w io.Writer, s page.Section) {
	for _, m := range s.Marks {
		fmt.Fprintln(w, "mark", m.Name, m.Verdict(s.Results))
	}
	if s.Rounds < enough && len(s.Marks) > 0 {
		fmt.Fprintf(os.Stderr, "report: %s: a verdict on a mark needs %d rounds, not %d\n", s.Pkg, enough, s.Rounds)
	}
}
