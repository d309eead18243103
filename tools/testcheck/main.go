// Testcheck reports tests that cannot fail as they should.
//
// Usage:
//
//	testcheck [dir]
//
// It reads every _test.go file below dir, nested modules included, and reports,
// one per line as file:line:
//
//   - a call that ends the test (require, t.Fatal, t.FailNow, t.Skip and their
//     kin) in a function literal that a go statement starts, or that is handed
//     to a function named Go or AfterFunc: it ends that goroutine, and the test
//     goes on or waits forever. Send the value or the error over a channel, and
//     check it in the test's goroutine;
//   - a test or fuzz target that asserts nothing: neither it nor a function of
//     the same test files that it uses calls assert, require or t.Error and its
//     kin, and it hands its t to no function declared elsewhere;
//   - an example without an output comment: go test compiles it, and does not
//     run it.
//
// Testcheck reads syntax, not types: it knows functions and methods by their
// names, and a test's t, b, f or tb by its own. It leaves out folders named
// testdata or vendor and those whose names begin with a dot or an underscore.
//
// Testcheck exits with status 1 if it reported anything, and with 2 if it could
// not read the files.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: testcheck [dir]")
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
	checked, problems, err := check(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcheck:", err)
		os.Exit(2)
	}
	for _, p := range problems {
		fmt.Println(p)
	}
	fmt.Printf("testcheck: %d files, %d problems\n", checked, len(problems))
	if len(problems) > 0 {
		os.Exit(1)
	}
}
