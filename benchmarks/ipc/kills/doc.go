// Package kills measures how a busy worker ends: by kill -9 from outside, and by the end
// of the context of its call.
//
//	go test -bench Kill
//	python3 peers.py -test.bench=Kill
//
// The function is an endless loop. With until=error an operation ends when the caller
// has its error, with until=answer when a fresh process has answered a call. fanfold's
// pool starts that process by itself; for the others the caller starts one as soon as it
// has the error. An operation's time is the median; max-ns/op is the longest.
//
// Python's multiprocessing.Pool is not measured: it replaces a worker that is killed,
// but the call that the worker ran never returns.
package kills
