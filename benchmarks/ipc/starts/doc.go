// Package starts measures what a process for a function costs: to start it, call it once
// and wait until it is gone.
//
//	go test -bench Start
//	python3 peers.py -test.bench=Start
//
// A worker is the program that starts it, so the program's size and the initialization of
// its packages count. The libraries that other packages compare with (gRPC's among them)
// are therefore not linked in here. A bare process ends as soon as main begins: no Go
// program is faster.
package starts
