// Package park is where the goroutines of package concurrent wait: one by one in a
// [Line], each with a [Waiter] of its own, or all together in a [Crowd]. What they wait
// for, and the lock that guards it, are their owner's.
//
// Waiting is durable in the sense of testing/synctest, and no mutex is held over it.
package park

import (
	"context"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/internal/panics"
)

// A Waiter is one waiting goroutine: what it waits on, and its place in a line. It
// belongs to one call: its channel is made in that call, by the goroutine that waits,
// and never kept for another one. A channel that crossed from one testing/synctest
// bubble into another through a pool would crash both.
type Waiter struct {
	N int // what it asks for; the meaning is the owner's

	ready chan struct{}  // capacity 1: Grant never blocks
	fault *panics.Caught // the panic of the context's Done, for Cause
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
//
// A Done of ctx that panics counts as its end, so that the caller gives up as always
// and puts its books in order. Then [Waiter.Cause] raises the panic.
func (w *Waiter) Wait(ctx context.Context) bool {
	var done <-chan struct{}
	done, w.fault = Done(ctx)
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

// Cause returns why the last Wait returned false: context.Cause(ctx). The caller holds
// no lock and stands in no line, since the methods of ctx may be the user's code.
func (w *Waiter) Cause(ctx context.Context) error {
	w.fault.Raise()
	return context.Cause(ctx)
}

// Done returns the channel of ctx. Where ctx panics it returns a channel that is closed,
// and the panic: the caller raises it when nothing counts on the goroutine any more.
func Done(ctx context.Context) (done <-chan struct{}, fault *panics.Caught) {
	defer func() {
		if v := recover(); v != nil {
			done, fault = closed.Channel, panics.From(v)
		}
	}()
	return ctx.Done(), nil
}
