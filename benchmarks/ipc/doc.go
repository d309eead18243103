// Package ipc measures ipc's pool of processes: one call at a time, many calls in flight,
// and chunks of items.
//
//	go test -bench Calls
//	python3 peers.py -test.bench=Calls
//
// The function adds one, so the way there and back is all that is measured. The peers
// are:
//
//   - a child that serves gob streams over pipes or a Unix socket, or one started for
//     each call;
//   - net/rpc over a Unix socket;
//   - hashicorp/go-plugin in both of its flavors;
//   - Python's multiprocessing.Pool and ProcessPoolExecutor.
//
// The Go peers have one process and no supervision: a process that dies is not replaced,
// and its calls cannot be stopped.
//
// Package starts measures how workers start, package kills how they end, package
// payloads how much goes through them.
package ipc
