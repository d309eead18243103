package store

import (
	"runtime"
	"sync/atomic"
)

// spinIndex is an index whose lowest bit is a lock, for sections of a few
// instructions. Who finds it locked stays away for the time of some sections, so
// that the holder and its memory are left alone, and lets others run from time to
// time, since the holder may be one of them.
type spinIndex struct{ word atomic.Uint64 }

const (
	// aloof is for how many rounds of an empty loop to stay away.
	aloof = 100
	// spinRounds is how often to stay away before others are let run.
	spinRounds = 8
)

// acquire takes the lock and returns the index.
func (s *spinIndex) acquire() uint64 {
	if i, ok := s.try(); ok {
		return i
	}
	return s.acquireLate()
}

// try takes the lock if it is free, and is inlined.
func (s *spinIndex) try() (index uint64, ok bool) {
	w := s.word.Load()
	return w >> 1, w&1 == 0 && s.word.CompareAndSwap(w, w|1)
}

func (s *spinIndex) acquireLate() uint64 {
	for i := 1; ; i++ {
		for range aloof {
		}
		if i%spinRounds == 0 {
			runtime.Gosched()
		}
		if w := s.word.Load(); w&1 == 0 && s.word.CompareAndSwap(w, w|1) {
			return w >> 1
		}
	}
}

// release lets go of the lock and sets the index.
func (s *spinIndex) release(index uint64) { s.word.Store(index << 1) }

// load returns the index without the lock.
func (s *spinIndex) load() uint64 { return s.word.Load() >> 1 }
