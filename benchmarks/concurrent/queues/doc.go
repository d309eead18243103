// Package queues measures concurrent's queues against channels and against a mutex and a
// slice.
//
//	go test -bench Queue/shape=4x4
//
// A shape is the number of goroutines that put and of those that get. An operation is
// one item put and taken. fanfold's calls get a context that can end.
package queues
