// Package sorts measures functional/par's sorts against those of package slices and of
// pargo.
//
//	go test -bench ParSort/random
//
// A benchmark's name reads BenchmarkParSort/input=…/impl=…/workers=…, so that
// benchstat -col /impl compares the implementations. Package slices is measured under
// every number of workers, although that changes nothing for it: a ratio is taken
// against a neighbor in time. pargo has no bound on its goroutines and is measured with
// GOMAXPROCS alone.
//
// A slice has a million elements. Before each run they are put back into their first
// order, with the clock stopped.
package sorts
