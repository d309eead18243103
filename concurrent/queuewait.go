package concurrent

import (
	"context"
	"runtime"
	"sync/atomic"
)

// A line is where getters, or putters, wait for their turn.
//
// Who has to wait gets in a line, looks again, and parks. Who has put or taken an
// item looks at the state of the line that may be waiting for it. One of the two
// sees the other. From there on, the queue's mu guards the lines, and these rules:
//
//   - If the first in a line could go on, it has been called: every change to a
//     line ends with settle, which sees to that.
//   - One waiter of a line is called at a time. When it has come, settle calls the
//     next if it can go on. A goroutine that runs can so put or take many items
//     for the price of one that has to be woken.
type line struct {
	state atomic.Uint32 // of the three below, for those who do not hold the lock

	first, last *lineWaiter
	n           int  // how many are in line
	called      bool // the first was called and has not come yet
	hungry      bool // the first came in vain too often: no more overtaking
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

// lineWaiter is one waiting goroutine.
type lineWaiter struct {
	prev, next *lineWaiter
	call       chan struct{} // of capacity 1, and made for this wait
	vain       int           // how often it came in vain
}

func (l *line) join(w *lineWaiter) {
	w.prev = l.last
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.n++
}

func (l *line) leave(w *lineWaiter) {
	if l.first == w {
		l.first, l.called, l.hungry = w.next, false, false
	} else {
		w.prev.next = w.next
	}
	if l.last == w {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	l.n--
}

// settle calls the first in line if it can go on and has not been called. If asked
// is true the state is that of a line with somebody waiting. The state is set before
// can looks, so that whoever makes can true later sees it.
func (l *line) settle(asked bool, can func() bool) {
	state := uint32(0)
	if l.hungry {
		state = hungry
	}
	toCall := l.first != nil && !l.called
	if asked || toCall {
		l.state.Store(state | waiting)
		if toCall && can() {
			l.called = true
			l.first.call <- struct{}{} // has room: called was reset by who took the last
			toCall = false
		}
	}
	if !asked && !toCall {
		l.state.Store(state)
	}
}

// settle sees to it that everybody who can go on does. It is called with mu held.
func (q *Queue[T]) settle() {
	q.putters.settle(false, q.store.canPut)
	q.getters.settle(q.ready != nil, q.store.canGet)
	if q.ready != nil && q.store.canGet() {
		close(q.ready)
		q.ready = nil
		q.getters.settle(false, q.store.canGet)
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
func (q *Queue[T]) wait(ctx context.Context, l *line, try func() verdict) error {
	for range yields {
		runtime.Gosched()
		if l.state.Load()&hungry != 0 {
			break
		}
		switch try() {
		case yes:
			return nil
		case never:
			return ErrClosed
		}
	}
	w := &lineWaiter{call: make(chan struct{}, 1)}
	q.mu.Lock()
	l.join(w)
	q.settle()
	q.mu.Unlock()
	defer func() { // try may panic
		q.mu.Lock()
		l.leave(w)
		q.settle()
		q.mu.Unlock()
	}()
	for {
		ended := false
		select {
		case <-w.call:
		case <-ctx.Done():
			ended = true
		}
		switch try() {
		case yes:
			return nil
		case never:
			return ErrClosed
		}
		if ended {
			return context.Cause(ctx)
		}
		q.mu.Lock()
		w.vain++
		l.called, l.hungry = false, w.vain >= patience
		q.settle()
		q.mu.Unlock()
	}
}
