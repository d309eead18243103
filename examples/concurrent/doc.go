// Package concurrent holds the programs about threads, tasks and what they wait for,
// and the test that runs them. Each folder is a program: go run
// ./examples/concurrent/thread. What takes seconds takes a -tick.
package concurrent
