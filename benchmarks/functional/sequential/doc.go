// Package sequential measures the operators of fanfold/functional that run in the
// goroutine that calls them, against the loop one writes instead and against the
// libraries people use.
//
//	go test -bench Chain
//
// A benchmark's name reads BenchmarkFilter/keep=…/impl=…, so that benchstat -col
// /impl compares the implementations. Of ours, fanfold is the form that the
// documentation advises for the job, fanfold-seq the lazy one where that is another.
//
// # Work
//
// The input is a million random ints unless the name says otherwise. The functions
// that are mapped, kept and added with are so small that what is measured is the
// operator. Each implementation is a function of its own that calls them by name, as
// a user would: what the compiler can inline it does. All of them are checked once
// against the first, before the clock starts.
package sequential
