// Package wordcount measures the job of examples/wordcount on each of its carriers: the
// plain loop, goroutines, and processes that can be killed. The job counts the words of
// the Go distribution's own source.
//
// The files are in the system's cache from the second run on. An operation reads them
// from there, counts, and merges the counts. hand-goroutines is a pool of goroutines
// around a channel, written without a library.
package wordcount
