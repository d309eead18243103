// Package locks measures fanfold/concurrent's locks against package sync's and
// against what one uses where waiting for a lock is to end with a context.
//
//	go test -bench Lock/goroutines=16
//
// What is guarded is one addition, so that the lock is all there is. The
// implementations whose names end in -context get a context that can end.
package locks
