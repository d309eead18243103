// Package store keeps the items of the queues of package concurrent, in the order in
// which they are to be taken. A store never waits for an item or for room: it says
// whether there is any. Waiting is up to the queue.
package store

// A Store keeps items in an order of its own. Its methods can be called by any
// number of goroutines, wait for nothing but each other, and take effect at one
// moment.
type Store[T any] interface {
	Put(v T) Verdict
	PutMany(items []T) (int, Verdict) // Yes: at least one was put
	Get() (T, Verdict)
	GetMany(buf []T) (int, Verdict) // Yes: at least one was taken
	CanPut() bool                   // Put would not say NotYet
	CanGet() bool                   // Get would not say NotYet
	Len() int
	Puts() uint64 // how many items were ever put
	Counts() Counts
	SetLimit(limit int)
	Shutdown(immediate bool) (dropped int)
}

// A Verdict is what a store says to a request.
type Verdict uint8

const (
	Yes    Verdict = iota
	NotYet         // full, or empty
	Never          // shut down, and nothing is left to get
)

// Counts are what a store holds and has seen at one moment. Put is the sum of Got,
// Dropped and Len.
type Counts struct {
	Len      int    // items in the store
	Limit    int    // items there may be
	Put      uint64 // items ever put
	Got      uint64 // items ever taken
	Dropped  uint64 // items dropped by Shutdown
	Shutdown bool   // whether it was shut down
}
