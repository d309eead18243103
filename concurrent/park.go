package concurrent

import "context"

// A waiter is a goroutine that waits for something of a lock, a condition, a
// semaphore: what it waits on, and its place in a list. It belongs to one call:
// its channel is made in that call, by the goroutine that waits, and never kept
// for another one. A channel that crossed from one testing/synctest bubble into
// another through a pool would crash both.
type waiter struct {
	next, prev *waiter
	list       *waiters // the list it stands in; nil: in none

	ready chan struct{} // capacity 1: grant never blocks

	n int // what it asked for; the meaning is the owner's
}

// newWaiter returns a waiter that stands in no list and asks for n.
func newWaiter(n int) *waiter {
	return &waiter{ready: make(chan struct{}, 1), n: n}
}

// grant wakes w, or lets its next wait return at once. Whoever grants has taken
// w off its list before, so that nobody else does: one grant for one wait.
func (w *waiter) grant() { w.ready <- struct{}{} }

// wait parks the caller until w is granted, and says true, or until ctx ends,
// and says false. After false the caller takes its lock and asks
// [waiters.remove] whether it was granted meanwhile. A granted waiter may stand
// in a list and wait again.
func (w *waiter) wait(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil {
		<-w.ready
		return true
	}
	select {
	case <-w.ready:
		return true
	case <-done:
		return false
	}
}

// waiters is a list of those who wait, first come first served. The lock that
// guards it is its owner's. The zero value is empty.
type waiters struct {
	first, last *waiter
	len         int
}

// push puts w behind all others.
func (l *waiters) push(w *waiter) {
	w.list, w.prev = l, l.last
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.len++
}

// pushFirst puts w before all others.
func (l *waiters) pushFirst(w *waiter) {
	w.list, w.next = l, l.first
	if l.first == nil {
		l.last = w
	} else {
		l.first.prev = w
	}
	l.first = w
	l.len++
}

// pop takes the first waiter off the list; nil when there is none.
func (l *waiters) pop() *waiter {
	w := l.first
	if w != nil {
		l.remove(w)
	}
	return w
}

// remove takes w off the list. It returns false when w did not stand in it: then
// somebody took it off to grant it, has done so or is about to, and what was
// granted belongs to the caller.
func (l *waiters) remove(w *waiter) bool {
	if w.list != l {
		return false
	}
	if w.prev == nil {
		l.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.next, w.prev, w.list = nil, nil, nil
	l.len--
	return true
}

// grantAll empties the list and grants everybody who stood in it, in order.
func (l *waiters) grantAll() {
	for w := l.pop(); w != nil; w = l.pop() {
		w.grant()
	}
}
