// Package starts measures what it takes to have a process for a function: to start it,
// call it once and wait until it is gone.
//
//	go test -bench Start
//	python3 peers.py -test.bench=Start
//
// A worker is the program that starts it, so its size and what its packages do when they
// are initialized count. The programs that are compared elsewhere (gRPC's among them) are
// therefore not linked in here. A bare process ends as soon as it comes to main: nothing
// that is a Go program can be faster.
package starts
