// Package ipc measures fanfold/ipc's pool of processes: one call at a time, many calls
// in flight, and chunks of items.
//
//	go test -bench Calls
//	python3 peers.py -test.bench=Calls
//
// The function that is called adds one, so that what is measured is the way
// there and back. Beside the pool stand what one writes by hand, a child that
// serves gob streams over pipes or a Unix socket, or is started for each call;
// net/rpc over a Unix socket; hashicorp/go-plugin in both of its flavours; and
// Python's multiprocessing.Pool and ProcessPoolExecutor. The Go peers have one
// process and no supervision: it is not replaced when it dies and its calls
// cannot be stopped.
//
// How workers start is measured in starts, how they end in kills, how much goes
// through them in payloads.
package ipc
