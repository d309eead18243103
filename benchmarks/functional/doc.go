// Package functional measures fanfold/functional's parallel maps against the
// loop, against what one writes by hand, and against the libraries people use.
//
//	go test -bench ParMap/workload=triangular
//
// A benchmark's name reads BenchmarkParMap/workload=…/impl=…/workers=…, so that
// benchstat -col /impl compares the implementations. The loop is measured under
// every number of workers although that changes nothing for it: a ratio is
// taken against a neighbour in time.
//
// # Work
//
// An item is a fixed number of turns of a dependent multiplication, not a length
// of time: work measured by the clock would go on while its goroutine is
// descheduled and so hide the cost of scheduling. What the names call a
// microsecond is one on a processor at 4.2 GHz.
//
// What maps a workload calls the same func(context.Context, int) (uint64, error)
// through a variable, and is checked once, before the clock starts, against the
// loop's results.
package functional
