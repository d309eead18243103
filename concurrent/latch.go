package concurrent

import (
	"context"
	"sync/atomic"
)

// A Latch opens when it has been counted down to zero, and stays open: Java's
// CountDownLatch. Unlike a [WaitGroup] it cannot be counted up, so that it does not
// matter whether those who wait or those who count come first. The zero value is
// open. A Latch must not be copied after its first use.
//
// What happens before a CountDown happens before the Wait it releases returns.
type Latch struct {
	count atomic.Int64
	open  Event
}

// NewLatch returns a latch that opens with the n-th CountDown; with n = 0 it is
// open. It panics when n is negative.
func NewLatch(n int) *Latch {
	if n < 0 {
		panic("concurrent: NewLatch of a negative count")
	}
	l := &Latch{}
	l.count.Store(int64(n))
	return l
}

// CountDown takes one off the count and releases everyone who waits when none is
// left. On an open latch it does nothing. It does not block.
func (l *Latch) CountDown() {
	for {
		n := l.count.Load()
		if n == 0 {
			return
		}
		if l.count.CompareAndSwap(n, n-1) {
			if n == 1 {
				l.open.Set()
			}
			return
		}
	}
}

// Count returns how many times the latch must still be counted down; 0 means that
// it is open.
func (l *Latch) Count() int { return int(l.count.Load()) }

// Wait blocks until the latch is open, or ctx ends, in which case it returns
// context.Cause(ctx).
func (l *Latch) Wait(ctx context.Context) error {
	if ctx.Err() == nil && l.count.Load() == 0 {
		return nil
	}
	return l.open.Wait(ctx)
}
