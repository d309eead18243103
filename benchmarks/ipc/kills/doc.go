// Package kills measures how workers end that are busy: killed from outside, by
// kill -9, and by the end of the context of their call.
//
//	go test -bench Kill
//	python3 peers.py -test.bench=Kill
//
// The function is an endless loop. What is measured goes on until the caller has its
// error, or, with until=answer, until a fresh process has answered a call: fanfold's
// pool does that by itself, for the others the caller starts one as soon as it has the
// error. An operation's time is the median, the longest is max-ns/op.
//
// Python's multiprocessing.Pool is not measured: a worker that is killed is replaced,
// but the call it was running never returns.
package kills
