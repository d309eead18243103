// Conformance writes down which behaviours of CPython's own tests hold here.
//
// Usage:
//
//	conformance [-check] [dir]
//
// The packages of the module in dir name sub-tests of their tests
// TestConformance… after the tests of CPython whose behaviour they hold on to,
// as in
//
//	TestConformanceBarrier/lock_tests/BarrierTests/test_reset
//
// Further levels may stand before and behind, a class or a file may be left out
// where the rest says which is meant. Conformance runs these tests, looks up
// what they name in cpython-3.13.txt, and for all the rest why it is absent in
// absent.txt, and writes docs/conformance.md.
//
// With -check it writes nothing but reports, each on a line,
//
//   - a test that failed, or that names what CPython does not test;
//   - a behaviour that docs/conformance.md has as held, and that no test holds;
//   - a reason for an absence that is none;
//   - that docs/conformance.md is not what it would have written.
//
// The first and the third are reported without -check as well. Conformance exits
// with status 1 if it reported anything, and with 2 if it could not do its work.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// Packages are those whose tests are run.
var packages = []string{"./concurrent/...", "./functional/...", "./ipc/..."}

//go:embed cpython-3.13.txt
var cpython string

//go:embed absent.txt
var absent string

func main() {
	check := flag.Bool("check", false, "compare docs/conformance.md, write nothing")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: conformance [-check] [dir]")
		flag.PrintDefaults()
	}
	flag.Parse()
	dir := "."
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	if flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}
	problems, err := run(dir, *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// run does what the command is for and returns what it has to report.
func run(dir string, check bool) (problems []string, err error) {
	results, err := runTests(dir)
	if err != nil {
		return nil, err
	}
	p, problems, err := judge(cpython, absent, results)
	if err != nil {
		return nil, err
	}
	fmt.Println(p.summary())
	name := filepath.Join(dir, "docs", "conformance.md")
	if !check {
		return problems, os.WriteFile(name, []byte(p.render()), 0o644)
	}
	old, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return append(problems, p.compare(string(old))...), nil
}

// judge builds the page from the lists and the results of the tests, and returns
// what is wrong with them.
func judge(names, reasons string, results []result) (*page, []string, error) {
	c := newCatalog(names)
	problems := c.hold(results)
	list, err := parseReasons(reasons)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, c.excuse(list)...)
	return &page{c.all}, problems, nil
}
