package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/concurrent/internal/park"
)

// An admission is what became of a task that was handed to a pool.
type admission int

const (
	queued   admission = iota
	inCaller           // the caller is to run it
	canceled           // its context ended
	refused
)

// accept queues j, or says why not: then it is the caller's to end it.
func (p *Pool) accept(ctx context.Context, j job, priority int) (admission, error) {
	p.mustBeMade()
	p.mu.Lock()
	p.stats.Submitted++
	if (p.full() || p.starving) && !p.closed {
		switch p.policy {
		case Reject:
			p.stats.Rejected++
			p.mu.Unlock()
			return refused, ErrFull
		case CallerRuns:
			p.stats.CallerRan++
			p.mu.Unlock()
			return inCaller, nil
		}
		if w := p.awaitRoom(ctx); w != nil {
			p.stats.Canceled++
			p.mu.Unlock()
			return canceled, w.Cause(ctx)
		}
	}
	if p.closed {
		p.stats.Rejected++
		err := p.refusal
		p.mu.Unlock()
		return refused, err
	}
	p.lanes.push(j, priority)
	w := p.rouse()
	if p.rooms.Len() > 0 {
		p.callNext()
	}
	p.mu.Unlock()
	if w != nil {
		w.begin()
	}
	return queued, nil
}

// full reports whether a task would have to wait for room: whether there are as
// many as the queue and the workers can hold. A task for which there is a
// worker is in the queue until that worker has woken up, and is not counted
// against it.
func (p *Pool) full() bool {
	return p.bound >= 0 && p.lanes.queued+p.busy-p.max >= p.bound
}

// roomPatience is how often a caller that waits for room is woken in vain before
// newcomers must wait behind it.
const roomPatience = 4

// awaitRoom waits, with p.mu held before and after but not meanwhile, until
// there is room or the pool is closed. It returns nil then, and its waiter when ctx ends
// before.
//
// Callers wait in order, but one that comes when there is room takes it, also while
// others are on their way: that is what makes a pool fast. The first in the queue
// puts up with that a few times.
func (p *Pool) awaitRoom(ctx context.Context) *park.Waiter {
	w := park.New(0) // w.N counts how often it was woken in vain
	p.rooms.Push(w)
	for {
		p.mu.Unlock()
		granted := w.Wait(ctx)
		p.mu.Lock()
		listed := !granted && p.rooms.Remove(w)
		if w.N >= roomPatience {
			p.starving = false // w is the one, and may leave
		}
		if listed {
			p.callNext()
			return w
		}
		p.roomWoken = false // w was the one
		if !p.full() || p.closed {
			return nil
		}
		if !granted { // woken and canceled, and another caller has the room
			return w
		}
		p.rooms.PushFirst(w) // a caller that had not waited was faster
		w.N++
		p.starving = w.N >= roomPatience
	}
}

// callNext wakes the first caller that waits for room if there is some, unless
// one is on its way already: it calls the next when it has looked. Waking one
// for every task that ends would cost two switches of goroutines for a task.
func (p *Pool) callNext() {
	if !p.roomWoken && !p.full() && p.rooms.Len() > 0 {
		p.roomWoken = true
		p.rooms.Pop().Grant()
	}
}
