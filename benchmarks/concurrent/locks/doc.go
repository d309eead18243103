// Package locks measures concurrent's locks against package sync's and against the ways
// to wait for a lock until a context ends.
//
//	go test -bench Lock/goroutines=16
//
// A lock guards one addition, so the lock is all that is measured. Implementations whose
// names end in -context get a context that can end.
package locks
