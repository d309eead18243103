package concurrent

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// acquireSlow spins a little, waits in the queue, and again when it was woken in
// vain.
func (l *Lock) acquireSlow(ctx context.Context) error {
	var w *park.Waiter
	var woken int32 // lockWoken while that bit stands for this goroutine
	spins := 0
	for {
		s := l.state.Load()
		switch {
		case s&lockHeld == 0:
			if l.state.CompareAndSwap(s, (s|lockHeld)&^woken) {
				return nil
			}
			continue
		case s&lockStarving == 0 && spins < lockSpins && cores.Load() > 1:
			if woken == 0 && s&(lockQueued|lockWoken) == lockQueued &&
				l.state.CompareAndSwap(s, s|lockWoken) {
				woken = lockWoken
			}
			for range lockSpinTurns {
			}
			spins++
			continue
		}
		if w == nil {
			w = park.New(0)
			countCores()
		} else {
			w.N++
		}
		if l.enqueue(w, woken) {
			return nil
		}
		if !w.Wait(ctx) {
			return l.giveUp(ctx, w)
		}
		if w.N == lockHandedOver {
			return nil
		}
		woken, spins = lockWoken, 0
	}
}

// enqueue puts w into the queue, in its old place at the front if it was woken in
// vain, or takes the lock and returns true if it has become free.
func (l *Lock) enqueue(w *park.Waiter, woken int32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		s := l.state.Load()
		next := (s | lockHeld) &^ woken
		if s&lockHeld != 0 {
			next |= lockQueued
			if w.N >= lockPatience {
				next |= lockStarving
			}
		}
		if !l.state.CompareAndSwap(s, next) {
			continue
		}
		if s&lockHeld == 0 {
			return true
		}
		if w.N == 0 {
			l.stats.Contended++
			l.queue.Push(w)
		} else {
			l.queue.PushFirst(w)
		}
		return false
	}
}

// giveUp ends the wait of w, whose ctx has ended.
func (l *Lock) giveUp(ctx context.Context, w *park.Waiter) error {
	l.mu.Lock()
	listed := l.queue.Remove(w)
	if listed {
		l.stats.Canceled++
		l.settle()
	}
	l.mu.Unlock()
	if !listed && w.N == lockHandedOver {
		return nil
	}
	// A goroutine that was woken holds the wake-up that an Unlock had to give. It takes the
	// lock, or takes back the bit that keeps the next Unlock from waking another.
	for !listed {
		s := l.state.Load()
		if s&lockHeld == 0 {
			if l.state.CompareAndSwap(s, (s|lockHeld)&^lockWoken) {
				return nil
			}
		} else if l.state.CompareAndSwap(s, s&^lockWoken) {
			l.mu.Lock()
			l.stats.Canceled++
			l.mu.Unlock()
			break
		}
	}
	return w.Cause(ctx)
}

// settle makes the bits right after a waiter left the queue; mu is held.
func (l *Lock) settle() {
	switch first := l.queue.First(); {
	case first == nil:
		l.state.And(^(lockQueued | lockStarving))
	case first.N < lockPatience:
		l.state.And(^lockStarving)
	}
}

// releaseSlow releases a lock that a goroutine waits for, or that is not held.
func (l *Lock) releaseSlow() {
	for {
		s := l.state.Load()
		switch {
		case s&lockHeld == 0:
			panic("concurrent: Unlock of an unlocked Lock")
		case s&lockStarving != 0:
			if l.wakeFirst(true) {
				return
			}
		case s&(lockQueued|lockWoken) == lockQueued:
			if l.state.CompareAndSwap(s, s&^lockHeld|lockWoken) {
				l.wakeFirst(false)
				return
			}
		default:
			if l.state.CompareAndSwap(s, s&^lockHeld) {
				return
			}
		}
	}
}

// wakeFirst wakes the first in the queue and, if handover, gives it the lock,
// which the caller holds. It returns false when the lock is not to be handed over any
// more: all have given up, or another Unlock of the same lock was faster.
func (l *Lock) wakeFirst(handover bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if handover && l.state.Load()&lockStarving == 0 { // it changes under mu only
		return false
	}
	w := l.queue.Pop()
	l.settle()
	switch {
	case w == nil && !handover:
		l.state.And(^lockWoken)
	case w != nil && handover:
		l.stats.Handovers++
		w.N = lockHandedOver
	}
	if w != nil {
		w.Grant()
	}
	return w != nil
}

// cores is GOMAXPROCS, for goroutines that spin: without a second core nothing changes
// meanwhile. The runtime takes a lock of its own to tell, so it is asked only
// by goroutines that are about to wait anyway.
var cores atomic.Int32

func init() { countCores() }

func countCores() {
	if n := int32(runtime.GOMAXPROCS(0)); n != cores.Load() {
		cores.Store(n)
	}
}
