package robust

import (
	"context"
	"time"

	"github.com/fanfold/fanfold/internal/closed"
)

// wait waits for the lock.
func (l *Lock) wait(ctx context.Context) error {
	if !l.hall.begin() {
		return closed.Err
	}
	defer l.hall.end()
	l.contended.Add(1)
	w := &waiter{guest: newGuest(), begun: time.Now()}
	w.place.Value = w
	l.mu.Lock()
	l.local.Push(&w.place)
	l.waiting.Add(1)
	l.line.enlist(l.slot)
	l.mu.Unlock()
	for {
		l.mu.Lock()
		granted, first := w.granted, l.local.First() == &w.place
		l.mu.Unlock()
		switch {
		case granted:
			l.settle()
			return nil
		case first:
			return l.represent(ctx, w)
		}
		select {
		case <-w.guest.call:
		case <-ctx.Done():
			return l.giveUp(context.Cause(ctx), w)
		}
	}
}

// represent waits for the lock as the first of the local line.
func (l *Lock) represent(ctx context.Context, w *waiter) error {
	l.hall.enter(w.guest)
	defer l.hall.leave(w.guest)
	var heir uint64 // the state while another process is the heir
	var since time.Time
	for {
		l.mu.Lock()
		granted := w.granted
		if !granted {
			l.line.enlist(l.slot) // again: a slow sweep may have taken it for the slot's last owner
		}
		l.mu.Unlock()
		bell := l.hall.bell.Load()
		window("unmarked")
		l.line.unmark(l.slot)
		switch {
		case granted:
			l.settle()
			return nil
		case l.m.Closed():
			return l.giveUp(closed.Err, w)
		case l.take():
			window("taken")
			l.remove(w)
			l.settle()
			return nil
		case l.m.AnyDead():
			l.m.Sweep()
			continue
		}
		if time.Since(w.begun) >= fair {
			l.starving.Store(1)
		}
		patience := watched
		s := l.state.Load()
		switch {
		case s&handed == 0:
			heir = 0
		case s != heir:
			heir, since = s, time.Now()
			patience = heirPatience
		case time.Since(since) >= heirPatience:
			l.disinherit(s)
			continue
		default:
			patience = heirPatience - time.Since(since)
		}
		if err := l.hall.wait(ctx, w.guest, bell, patience); err != nil {
			return l.giveUp(err, w)
		}
	}
}

// take takes a lock that is free, or that this process was handed.
func (l *Lock) take() bool {
	s := l.state.Load()
	if s&ownerMask != 0 && s&ownerMask != l.self|handed {
		return false
	}
	if !l.state.CompareAndSwap(s, s&diedBit|l.self) {
		return false
	}
	if s&handed != 0 {
		l.handovers.Add(1)
	}
	l.starving.Store(0)
	return true
}

// remove takes w out of the local line. The next one looks then, and if there is none
// the process waits no more.
func (l *Lock) remove(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pop(w)
}

// pop is remove with the lock of the line held.
func (l *Lock) pop(w *waiter) {
	if !l.local.Remove(&w.place) {
		return
	}
	l.waiting.Add(-1)
	if next := l.local.First(); next != nil {
		l.hall.call(next.Value.guest)
	} else {
		l.line.delist(l.slot)
	}
}

// settle takes back a wake-up that this process does not need any more.
func (l *Lock) settle() {
	window("settled")
	l.line.unmark(l.slot)
}

// giveUp leaves the line, and passes on what was meant for this process. It returns
// nil if w has the lock by then, and err otherwise.
func (l *Lock) giveUp(err error, w *waiter) error {
	l.mu.Lock()
	granted := w.granted
	if !granted {
		l.pop(w)
	}
	others := l.local.First() != nil
	l.mu.Unlock()
	l.settle()
	switch s := l.state.Load(); {
	case granted:
		return nil
	case others: // they look
	case s&ownerMask == l.self|handed:
		if l.state.CompareAndSwap(s, s&diedBit|l.self) {
			l.release()
		}
	case s&ownerMask == 0:
		l.line.wake()
	}
	l.canceled.Add(1)
	return err
}

// disinherit frees a lock that its heir has not come for.
func (l *Lock) disinherit(s uint64) {
	if l.state.CompareAndSwap(s, s&diedBit) {
		l.line.wake()
	}
}
