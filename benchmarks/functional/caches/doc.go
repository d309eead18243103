// Package caches measures fanfold/functional's Memoize against the caches people
// use and against a map behind a lock.
//
//	go test -bench Zipf
//
// A benchmark's name reads BenchmarkZipf/impl=…/goroutines=…, so that benchstat
// -col /impl compares the implementations; an operation is one call for one key.
// With as many goroutines as processors the time is that between two calls of any of
// them: half of it with two processors would be perfect scaling.
//
// # Work
//
// Keys are ints and so are values. What is remembered costs nothing to compute, so
// that what is measured is the cache. All caches hold the same number of entries, but
// for the map, which forgets nothing and so is the lower bound and no alternative
// where memory matters. golang-lru has no function that loads: it is asked, and told
// after a miss, as its users do, and two goroutines that miss at the same time both
// load. Every value that a cache returns is checked.
package caches
