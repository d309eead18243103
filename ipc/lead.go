package ipc

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// lead waits for the answer to c, the oldest call of its worker, and tells the
// scheduler of it: a call that has a worker to itself costs no switch between
// goroutines.
func (p *Pool) lead(ctx context.Context, c *pending) {
	w := workerOf(c.Worker())
	watch := w.watch(ctx, c)
	err := w.Transport.Answer(&c.Passage)
	unsent := errors.Is(err, link.ErrUnsent)
	if err != nil && !unsent {
		w.cause = err
		why := sched.Unasked
		if errors.Is(err, link.ErrProtocol) {
			why = sched.Protocol
		}
		p.sched.Kill(w.seat, why) // it is gone, or has lost the thread and must go
	}
	killed := watch.end()
	if killed || err != nil && !unsent {
		<-w.Died // even if it answered: no other call is to get it
	}
	switch {
	case err == nil:
		p.sched.Answered(c)
	case unsent && !killed:
		p.sched.Unsent(c, cannotTravel(c.Passage.Request.Name, "argument", err))
	default:
		p.sched.Lost(c)
	}
}

// outcome returns how a call ended that was answered: its result, or how it failed.
func outcome(ctx context.Context, c *pending, limit int) (Reply, error) {
	reply, name := &c.Passage.Reply, c.Passage.Request.Name
	switch {
	case reply.Lost:
		return Reply{}, fmt.Errorf("ipc: %s: the result: %w", name, link.ErrLost)
	case reply.Kind == link.KindError:
		return Reply{}, remote.Unpack(ctx, name, limit, reply.Body)
	}
	return Reply{Out: reply.Body, Files: reply.Got}, nil
}

// A tally is what a call has cost so far.
type tally struct {
	attempts int // workers that died while they ran it
	losses   int // workers that died while they read it
	absences int // workers that were dead before they looked at it

	places places // where the files of an idempotent call stood before
}

// How many workers may die while they read one call, and how many before they
// look at it: never forever.
const (
	maxLosses   = 10
	maxAbsences = 100
)

// lost counts one more worker that died of c, or before it, and returns an error
// if c is not to be tried again.
func (t *tally) lost(c *pending, call *Call) error {
	attempts, poison := 1, false
	switch end := c.End(); {
	case end == sched.Untouched: // the worker was gone before it saw the call: nothing has happened
		t.absences++
		attempts, poison = t.absences, t.absences >= maxAbsences
	case end == sched.Unstarted: // the same, but reading the call may be what kills workers
		t.losses++
		attempts, poison = t.losses, t.losses >= maxLosses
	case call.Idempotent:
		t.attempts++
		attempts, poison = t.attempts, t.attempts >= call.Attempts
	}
	if !poison && (c.End() != sched.Started || call.Idempotent && t.places.back(call.Files)) {
		return nil
	}
	died := workerOf(c.Worker()).lastWords(call.Func)
	died.Attempts, died.Poison = attempts, poison
	return died
}
