// Package tasks measures concurrent's groups of goroutines and its generators against
// package sync, x/sync, conc and channels.
//
//	go test -bench Group
package tasks
