// Conformance records which behaviours of CPython's own tests hold here.
//
// Usage:
//
//	conformance [-check] [dir]
//
// In the packages of the module in dir, the sub-tests of TestConformance… have the
// names of those tests of CPython whose behaviour they check:
//
//	TestConformanceBarrier/lock_tests/BarrierTests/test_reset
//
// A name may have further levels in front and behind. It may leave a class or a
// file out if the rest is unambiguous. Conformance runs these tests and looks up
// their names in cpython-3.13.txt. The other behaviours have their reason in
// absent.txt, which begins with "differs:" where ours does something else by
// choice. It writes docs/conformance.md.
//
// With -check it writes nothing, and reports, one per line:
//
//   - a test that failed, or whose name is no test of CPython;
//   - a behaviour that docs/conformance.md lists as held, and that no test holds;
//   - a reason that applies to no absent behaviour;
//   - a docs/conformance.md that differs from what it would write.
//
// It reports the first and the third without -check as well. Conformance exits
// with status 1 if it reported anything, and with 2 if it could not do its work.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// packages are those whose tests run.
var packages = []string{"./concurrent/...", "./functional/...", "./ioloop/...", "./ipc/..."}

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

// run runs the tests, writes or compares the page, and returns what to report.
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
// the problems that it found in them.
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
