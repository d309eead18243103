// Doccheck reports what is missing in the documentation of a module, and bad prose.
//
// Usage:
//
//	doccheck [-examples names] [-prose] [dir]
//
// It reads every package of the module in dir, except commands, internal packages
// and the folder examples. It reports, one per line as file:line:
//
//   - a package without a package comment;
//   - an exported constant, variable, function, type, method of an exported
//     type, struct field or interface method without a doc comment, in a file
//     for any of the systems that the project builds for;
//   - in the packages listed by -examples, named by their path below the
//     module, an exported function without an example that runs;
//   - in all other packages, a noun without one: an exported type with methods
//     of its own, unless it is an error or they only print, encode and decode it.
//     An example of a method or of a constructor is enough.
//
// An example runs if it has an output comment; the others only compile.
//
// With -prose it also reports sentences of these comments that are longer than 35
// words or break one of the rules in rules.go, as file:line: rule: sentence. It
// does not read code, directives and examples. The folder may be a single package:
// doccheck -prose functional/par.
//
// Doccheck exits with status 1 if it reported anything, and with 2 if it could not
// read the packages.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	examples := flag.String("examples", "functional,functional/try,functional/par,functional/memo", "comma-separated `names` of the packages whose every function needs an example")
	withProse := flag.Bool("prose", false, "check sentences as well")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: doccheck [-examples names] [-prose] [dir]")
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
	checked, problems, err := check(dir, strings.Split(*examples, ","), *withProse)
	if err != nil {
		fmt.Fprintln(os.Stderr, "doccheck:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	fmt.Printf("doccheck: %d packages, %d problems\n", checked, len(problems))
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// check returns the number of packages that it read in the module in dir, and their
// problems, as "file:line: what" in the order of packages and files. The packages
// whose paths are in strict need an example for every function.
func check(dir string, strict []string, withProse bool) (checked int, problems []string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return 0, nil, err
	}
	packages, err := load(dir)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range packages {
		r := &report{dir: dir, fset: p.fset}
		// Comments first: go/doc changes the syntax trees.
		list := symbols(p)
		comments(r, list)
		if withProse {
			prose(r, list, rules)
		}
		if err := examples(r, p, strict); err != nil {
			return 0, nil, err
		}
		problems = append(problems, r.sorted()...)
	}
	return len(packages), problems, nil
}
