package concurrent

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent/internal/park"
	"github.com/fanfold/fanfold/concurrent/internal/store"
)

// A line is where getters, or putters, wait for their turn.
//
// A goroutine that has to wait gets in a line, looks again, and parks. A goroutine that
// has put or taken an item looks at the state of the line that may be waiting for it.
// One of the two sees the other. From there on, the queue's mu guards the lines, and these rules:
//
//   - If the first in a line could go on, it has been called: every change to a
//     line ends with settle, which sees to that.
//   - One waiter of a line is called at a time. When it has come, settle calls the
//     next if it can go on. A goroutine that runs can so put or take many items
//     for the price of one that has to be woken.
type line struct {
	state atomic.Uint32 // of what follows, for goroutines that do not hold mu

	waiters park.Line // Waiter.N counts how often one came in vain
	called  bool      // the first was called and has not come yet
	hungry  bool      // the first came in vain too often: no more overtaking
}

const (
	// waiting is the state of a line that wants settle to be called when
	// something has changed for it.
	waiting = 1 << iota
	// hungry is the state of a line that wants newcomers to get in line.
	hungry
)

const (
	// patience is how often a waiter comes in vain before newcomers may not
	// overtake it.
	patience = 4
	// yields is how often others are let run before a call that has to wait gets
	// in line: often they bring what it waits for.
	yields = 1
)

// leave takes w out of the line.
func (l *line) leave(w *park.Waiter) {
	if l.waiters.First() == w {
		l.called, l.hungry = false, false
	}
	l.waiters.Remove(w)
}

// settle calls the first in line if it can go on and has not been called. If asked
// is true the state is that of a line in which a goroutine waits. The state is set
// before can looks, so that a goroutine that makes can true later sees it.
func (l *line) settle(asked bool, can func() bool) {
	state := uint32(0)
	if l.hungry {
		state = hungry
	}
	first := l.waiters.First()
	toCall := first != nil && !l.called
	if asked || toCall {
		l.state.Store(state | waiting)
		if toCall && can() {
			l.called = true
			first.Grant() // called was reset by the one that took the last
			toCall = false
		}
	}
	if !asked && !toCall {
		l.state.Store(state)
	}
}

// settle calls every waiter that can go on, one for each line. It is called with mu held.
func (q *Queue[T]) settle() {
	q.putters.settle(false, q.store.CanPut)
	q.getters.settle(q.ready != nil, q.store.CanGet)
	if q.ready != nil && q.store.CanGet() {
		close(q.ready)
		q.ready = nil
		q.getters.settle(false, q.store.CanGet)
	}
}

// changed is called after an item was put or taken, with the other side's line.
func (q *Queue[T]) changed(l *line) {
	if l.state.Load()&waiting != 0 {
		q.resettle()
	}
}

func (q *Queue[T]) resettle() {
	q.mu.Lock()
	q.settle()
	q.mu.Unlock()
}

// wait waits in line l until try says yes, and returns nil then. If try says never
// it returns ErrClosed, and when ctx is done before, its cause.
func (q *Queue[T]) wait(ctx context.Context, l *line, try func() store.Verdict) error {
	for range yields {
		runtime.Gosched()
		if l.state.Load()&hungry != 0 {
			break
		}
		switch try() {
		case store.Yes:
			return nil
		case store.Never:
			return ErrClosed
		}
	}
	w := park.New(0)
	q.mu.Lock()
	l.waiters.Push(w)
	q.settle()
	q.mu.Unlock()
	defer func() { // try may panic
		q.mu.Lock()
		l.leave(w)
		q.settle()
		q.mu.Unlock()
	}()
	for {
		called := w.Wait(ctx)
		switch try() {
		case store.Yes:
			return nil
		case store.Never:
			return ErrClosed
		}
		if !called {
			return w.Cause(ctx)
		}
		q.mu.Lock()
		w.N++
		l.called, l.hungry = false, w.N >= patience
		q.settle()
		q.mu.Unlock()
	}
}
