// Package park is where the goroutines of package concurrent wait: one by one in a
// [Line], each with a [Waiter] of its own, or all together in a [Crowd]. What they wait
// for, and the lock that guards it, are their owner's.
//
// Waiting is durable in the sense of testing/synctest, and no mutex is held over it.
package park

import (
	"context"

	"github.com/fanfold/fanfold/internal/list"
)

// A Waiter is one waiting goroutine: what it waits on, and its place in a line. It
// belongs to one call: its channel is made in that call, by the goroutine that waits,
// and never kept for another one. A channel that crossed from one testing/synctest
// bubble into another through a pool would crash both.
type Waiter struct {
	N int // what it asks for; the meaning is the owner's

	ready chan struct{} // capacity 1: Grant never blocks
	place list.Node[*Waiter]
}

// New returns a waiter that stands in no line and asks for n.
func New(n int) *Waiter {
	w := &Waiter{N: n}
	w.place.Value = w
	w.Renew()
	return w
}

// Renew makes a waiter that has been granted as good as new, for another call.
func (w *Waiter) Renew() { w.ready = make(chan struct{}, 1) }

// Grant wakes w, or lets its next Wait return at once. The goroutine that grants has
// taken w off its line before, so that no other one does: one grant for one wait.
func (w *Waiter) Grant() { w.ready <- struct{}{} }

// Wait parks the caller until w is granted, and returns true, or until ctx ends,
// and returns false. After false the caller takes its lock and asks [Line.Remove]
// whether w was granted meanwhile. A granted waiter may stand in a line and wait
// again.
func (w *Waiter) Wait(ctx context.Context) bool {
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
