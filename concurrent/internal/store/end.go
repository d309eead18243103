package store

import (
	"runtime"
	"sync/atomic"
)

// An end is one end of a [FIFO]: an index whose lowest bit is a lock, for sections of
// a few instructions, and what belongs to that lock. A goroutine that finds it locked
// stays away for the time of some sections, so that the holder and its memory are left
// alone, and lets others run from time to time, since the holder may be one of them.
//
// The methods of the short way are inlined where a FIFO is used, also in packages that
// do not import this one, because they belong to a generic type.
type end[T any] struct {
	word    atomic.Uint64 // how many items were put, or taken and dropped; times 2, plus the lock
	known   uint64        // below this index there is an item, or room
	items   []T           // of the segment
	segment *segment[T]
}

func (e *end[T]) use(s *segment[T]) { e.segment, e.items = s, s.items }

// acquire takes the lock and returns the index.
func (e *end[T]) acquire() uint64 {
	if i, ok := e.try(); ok {
		return i
	}
	return acquireLate(&e.word)
}

// try takes the lock if it is free.
func (e *end[T]) try() (index uint64, ok bool) {
	w := e.word.Load()
	return w >> 1, w&1 == 0 && e.word.CompareAndSwap(w, w|1)
}

// release sets the index and lets go of the lock.
func (e *end[T]) release(index uint64) { e.word.Store(index << 1) }

// index returns the index without the lock.
func (e *end[T]) index() uint64 { return e.word.Load() >> 1 }

const (
	// aloof is for how many rounds of an empty loop to stay away.
	aloof = 100
	// spinRounds is how often to stay away before others are let run.
	spinRounds = 8
)

func acquireLate(word *atomic.Uint64) uint64 {
	for i := 1; ; i++ {
		for range aloof {
		}
		if i%spinRounds == 0 {
			runtime.Gosched()
		}
		if w := word.Load(); w&1 == 0 && word.CompareAndSwap(w, w|1) {
			return w >> 1
		}
	}
}
