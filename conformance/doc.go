// Package conformance holds the primitives of concurrent to what they promise
// under real concurrency. It has tests only, and is a module of its own for the
// sake of the checker that they require; README.md says what they catch.
package conformance
