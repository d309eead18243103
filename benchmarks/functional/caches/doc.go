// Package caches measures functional/memo's Memoize against other caches and against a
// map behind a lock.
//
//	go test -bench Zipf
//
// A benchmark's name reads BenchmarkZipf/impl=…/goroutines=…, so that benchstat
// -col /impl compares the implementations. An operation is one call for one key. With as
// many goroutines as processors the time is that between two calls of any of them: with two
// processors, half of it is perfect scaling.
//
// # Work
//
// Keys and values are ints, and values cost nothing to compute, so the cache is all
// that is measured. All caches hold the same number of entries. The map evicts nothing:
// it is the lower bound, and no alternative where memory matters. golang-lru has no
// function that loads. The benchmark asks it and stores after a miss, as its users do,
// and two goroutines that miss at the same time both load. Every value that a cache
// returns is checked.
package caches
