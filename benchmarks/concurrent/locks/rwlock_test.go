package locks_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanfold/fanfold/concurrent"
)

// BenchmarkRWLock reads, or writes once in so many turns.
func BenchmarkRWLock(b *testing.B) {
	for _, mode := range []struct {
		name  string
		every int // 0: never
	}{
		{"read", 0},
		{"write-tenth", 10},
		{"write", 1},
	} {
		b.Run("mode="+mode.name, func(b *testing.B) {
			compare(b,
				impl{"sync.RWMutex", func(context.Context) (func(int), func() int) { return rwMutex(mode.every) }},
				impl{"fanfold", func(context.Context) (func(int), func() int) { return fanfoldRW(mode.every) }},
				impl{"fanfold-context", func(ctx context.Context) (func(int), func() int) {
					return fanfoldRWContext(ctx, mode.every)
				}},
			)
		})
	}
}

// writes says whether the turn is one that writes.
func writes(turn, every int) bool { return every > 0 && turn%every == 0 }

// Readers count in a variable of their own, which is added to read in the end.

func rwMutex(every int) (func(int), func() int) {
	var s struct {
		mu sync.RWMutex
		n  int
	}
	var read atomic.Int64
	return func(turns int) {
		own := 0
		for i := range turns {
			if writes(i, every) {
				s.mu.Lock()
				s.n++
				s.mu.Unlock()
			} else {
				s.mu.RLock()
				own++
				s.mu.RUnlock()
			}
		}
		read.Add(int64(own))
	}, func() int { return s.n + int(read.Load()) }
}

func fanfoldRW(every int) (func(int), func() int) {
	var s struct {
		mu concurrent.RWLock
		n  int
	}
	var read atomic.Int64
	return func(turns int) {
		own := 0
		for i := range turns {
			if writes(i, every) {
				s.mu.Lock()
				s.n++
				s.mu.Unlock()
			} else {
				s.mu.RLock()
				own++
				s.mu.RUnlock()
			}
		}
		read.Add(int64(own))
	}, func() int { return s.n + int(read.Load()) }
}

func fanfoldRWContext(ctx context.Context, every int) (func(int), func() int) {
	var s struct {
		mu concurrent.RWLock
		n  int
	}
	var read atomic.Int64
	return func(turns int) {
		own := 0
		for i := range turns {
			if writes(i, every) {
				if s.mu.LockContext(ctx) != nil {
					return
				}
				s.n++
				s.mu.Unlock()
			} else {
				if s.mu.RLockContext(ctx) != nil {
					return
				}
				own++
				s.mu.RUnlock()
			}
		}
		read.Add(int64(own))
	}, func() int { return s.n + int(read.Load()) }
}
