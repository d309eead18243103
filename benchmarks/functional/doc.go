// Package functional measures functional/par's operators against the loop, against
// pieces cut by hand, and against libraries.
//
//	go test -bench ParMap/workload=triangular
//
// A benchmark's name reads BenchmarkParMap/workload=…/impl=…/workers=…, so that
// benchstat -col /impl compares the implementations. The loop is measured under
// every number of workers, although that changes nothing for it: a ratio is taken
// against a neighbor in time.
//
// # Work
//
// An item is a fixed number of turns of a dependent multiplication, not a length of
// time. Work measured by the clock would go on while its goroutine is descheduled, and
// would hide the cost of scheduling. A microsecond in a name is one on a processor at
// 4.2 GHz.
//
// All implementations of a workload call the same
// func(context.Context, int) (uint64, error) through a variable. Each is checked once
// against the loop's results, before the clock starts.
package functional
