package ipc

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// await blocks until c is settled. Its owner waits for news of it, and when it
// leads for the answer itself: a call that has a worker to itself costs no
// switch between goroutines.
func (p *Pool) await(ctx context.Context, c *pending) {
	done := ctx.Done()
	for {
		switch c.state.Load() {
		case settled:
			return
		case leading:
			p.lead(ctx, c)
			continue
		}
		select {
		case <-c.bell:
			if c.state.Load() == leading {
				// Others have had their answers at the same moment. Let them make
				// their next calls before this thread goes to sleep.
				runtime.Gosched()
			}
		case <-done:
			done = nil // once is enough: what could not be taken back will lead at once
			p.leave(c, context.Cause(ctx))
		}
	}
}

// leave settles a call whose ctx has ended, unless it may have been started.
func (p *Pool) leave(c *pending, cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := c.w
	switch {
	case c.state.Load() == settled:
	case w == nil:
		p.waiting.remove(c)
		p.settle(c, answered, cause)
	case w.transport.Withdraw(&c.passage):
		w.queue.remove(c)
		w.calls--
		p.settle(c, answered, cause)
		p.proceed(w)
	}
}

// lead waits for the answer to c, the oldest call of its worker, and settles it
// and those that were answered meanwhile.
func (p *Pool) lead(ctx context.Context, c *pending) {
	w := c.w
	watch := w.watch(ctx, c)
	err := w.transport.Answer(&c.passage)
	if err != nil {
		w.nonsense.Store(errors.Is(err, errProtocol))
		w.Kill() // it is gone, or has lost the thread and must go
	}
	if watch.end() || err != nil {
		<-w.Died // even if it answered: nobody else is to get it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.bury(w, err)
		return
	}
	w.queue.remove(c)
	p.settle(c, answered, nil)
	w.pace(1 + p.collect(w))
	p.proceed(w)
}

// collect settles the calls of w that were answered, and returns how many.
// Nobody leads. p.mu is held.
func (p *Pool) collect(w *worker) (n int) {
	for c := w.queue.first; c != nil && w.transport.Ready(&c.passage); c = w.queue.first {
		w.queue.remove(c)
		p.settle(c, answered, nil)
		n++
	}
	return n
}

// bury settles the oldest call of a worker that is dead, and sees to it that
// others run what it had not started: that it never came to these says nothing
// against them. p.mu is held.
func (p *Pool) bury(w *worker, cause error) {
	for c := w.queue.last; c != nil; c = w.queue.last {
		end := w.fate(c)
		w.queue.remove(c)
		if w.queue.n > 0 && end == untouched {
			p.stats.Retried++
			p.recall(c)
			continue
		}
		p.settle(c, end, w.obituary(c.call.Func, cause))
	}
	w.close()
	p.spread()
}

// fate tells how far the worker, which is dead, got with c.
func (w *worker) fate(c *pending) ending {
	switch read, started := w.transport.Fate(&c.passage); {
	case started:
		return diedRunning
	case read:
		return unstarted
	}
	return untouched
}

// settle ends c. One that was lost with its worker still counts as a call until
// its owner gives it up. p.mu is held.
func (p *Pool) settle(c *pending, end ending, err error) {
	c.end, c.err = end, err
	if end == answered {
		p.calls--
		p.changed.Broadcast()
	}
	c.turn(settled)
}

// outcome returns how a call ended that is not to be tried again: its result,
// or how it failed.
func (c *pending) outcome(ctx context.Context, limit int) (Reply, error) {
	switch {
	case c.err != nil:
		return Reply{}, c.err
	case c.Reply.lost:
		return Reply{}, fmt.Errorf("ipc: %s: the result: %w", c.call.Func, errLostFiles)
	case c.Reply.kind == frameError:
		return Reply{}, remote.Unpack(ctx, c.call.Func, limit, c.Reply.body)
	}
	return Reply{Out: c.Reply.body, Files: c.Reply.got}, nil
}

// A tally is what a call has cost so far.
type tally struct {
	attempts int // workers that died while they ran it
	losses   int // workers that died while they read it
	absences int // workers that were dead before they looked at it
}

// How many workers may die while they read one call, and how many before they
// look at it: never forever.
const (
	maxLosses   = 10
	maxAbsences = 100
)

// lost counts one more worker that died of c, or before it, and returns an error
// if c is not to be tried again.
func (t *tally) lost(c *pending) error {
	var died *ProcessDiedError
	errors.As(c.err, &died)
	switch {
	case c.end == untouched: // the worker was gone before it saw the call: nothing has happened
		t.absences++
		died.Attempts, died.Poison = t.absences, t.absences >= maxAbsences
	case c.end == unstarted: // the same, but reading the call may be what kills workers
		t.losses++
		died.Attempts, died.Poison = t.losses, t.losses >= maxLosses
	case c.call.Idempotent:
		t.attempts++
		died.Attempts, died.Poison = t.attempts, t.attempts >= c.call.Attempts
	default:
		died.Attempts = 1
		return died
	}
	if died.Poison {
		return died
	}
	return nil
}
