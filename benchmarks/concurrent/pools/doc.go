// Package pools measures fanfold/concurrent's pools against a goroutine for each
// task, the pool of a channel and some goroutines that one writes oneself, and the
// libraries people use.
//
//	go test -bench Tasks/producers=16
//
// Every pool has eight workers, and a queue of 1024 where it can be given one:
// ants has none, and gammazero's has no bound.
package pools
