// Package wordcount measures examples/wordcount's job, counting the words of
// the Go distribution's own source, on each of its carriers: the plain loop,
// goroutines, and processes that can be killed.
//
// The files are in the system's cache from the second run on; what is measured
// is reading them from there, counting, and merging the counts. hand-goroutines
// is the pool of goroutines around a channel that one writes without a library.
package wordcount
