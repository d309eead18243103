// Package pools measures concurrent's pools against a goroutine for each task, against
// a channel with goroutines that range over it, and against libraries.
//
//	go test -bench Tasks/producers=16
//
// Every pool has eight workers. Its queue has room for 1024 tasks where it can be given
// a bound: ants has no queue, and gammazero's has no bound.
package pools
