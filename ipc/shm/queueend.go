package shm

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A LostError says that items of a [Queue] were lost: processes have died, or closed the
// memory, that had taken them and not called [Queue.TaskDone].
type LostError struct {
	Items int // since the queue was made
}

// Error returns a text with the number.
func (e *LostError) Error() string {
	return fmt.Sprintf("shm: %d items of the queue were lost with the processes that had taken them", e.Items)
}

// TaskDone says that the work on an item, taken earlier by this process, is done. It
// panics if this process has no item that is not done, and after Close.
func (q *Queue[T]) TaskDone() {
	q.memory.use("Queue.TaskDone")
	if !q.q.TaskDone() {
		panic("shm: Queue.TaskDone without an item that this process has taken and not done")
	}
}

// Join blocks until [Queue.TaskDone] was called for every item that was put. It returns
// nil at once if there is no such item. It returns context.Cause(ctx) if ctx ends first, or
// has ended before. After Close the error matches [ErrClosed].
//
// Items that were lost do not keep Join waiting. It returns a [*LostError] if there were
// any since the queue was made.
func (q *Queue[T]) Join(ctx context.Context) error {
	if err := q.memory.usable(); err != nil {
		return err
	}
	lost, err := q.q.Join(ctx)
	if err == nil && lost > 0 {
		return &LostError{Items: lost}
	}
	return q.memory.told(err)
}

// Shutdown ends the queue. From now on putting fails with [ErrClosed], in all processes,
// also for goroutines that wait for room. Getting fails when no items are left. If
// immediate is true, Shutdown drops the items in the queue. Dropped items count as done
// for [Queue.Join]; items that were taken before do not.
//
// Shutdown does not block. It may be called again: Shutdown(true) drops the items that
// Shutdown(false) has left. It panics after Close.
func (q *Queue[T]) Shutdown(immediate bool) {
	q.memory.use("Queue.Shutdown")
	q.q.Shutdown(immediate)
}

// A Lease is an item that goes back into the queue if this process dies or closes the
// memory. It ends with [Lease.Done] or [Lease.Return].
type Lease[T any] struct {
	Item    T   // what was put
	Attempt int // how many have taken the item, this lease included

	g *robust.Got
}

// Lease takes the next item as [Queue.Get] does, for as long as this process lives. Until
// the lease ends, the item takes its place of the queue's maxsize.
//
// An item that cannot be decoded is returned to the queue: the error says so.
func (q *Queue[T]) Lease(ctx context.Context) (*Lease[T], error) {
	if err := q.memory.usable(); err != nil {
		return nil, err
	}
	g, err := q.q.Lease(ctx)
	if err != nil {
		return nil, q.told(err)
	}
	taken := false
	defer func() {
		if !taken { // a method of the item has failed, or panics
			g.Return()
		}
	}()
	v, err := q.decode(g, 0)
	if err != nil {
		return nil, err
	}
	taken = true
	return &Lease[T]{Item: v, Attempt: g.Attempt(), g: g}, nil
}

// Done ends the lease: the item is done, also for [Queue.Join]. It does not block. Only the
// first call of Done or Return does anything.
func (l *Lease[T]) Done() {
	if g := l.g; g != nil {
		l.g = nil
		g.Done()
	}
}

// Return ends the lease and puts the item back, before those that were put later. It does
// not block. Only the first call of Done or Return does anything.
func (l *Lease[T]) Return() {
	if g := l.g; g != nil {
		l.g = nil
		g.Return()
	}
}
