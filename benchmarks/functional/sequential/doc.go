// Package sequential measures the operators of package functional, which run in the
// caller's goroutine, against the loop that a program has instead and against libraries.
//
//	go test -bench Chain
//
// A benchmark's name reads BenchmarkFilter/keep=…/impl=…, so that benchstat -col
// /impl compares the implementations. fanfold is the form that the documentation
// advises for the job, fanfold-seq the lazy one where that is another.
//
// # Work
//
// The input is a million random ints unless the name says otherwise. The functions
// passed to operators are so small that the operator is all that is measured. Each
// implementation is a function of its own that calls them by name, as a program does:
// the compiler inlines what it can. All of them are checked once against the first,
// before the clock starts.
package sequential
