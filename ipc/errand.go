package ipc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// An errand is a call that the pool itself makes on a worker that serves nobody: one
// that is about to begin, or about to leave.

// initialize has a worker that begins run the pool's Initializer.
func (p *Pool) initialize(w *worker, deadline time.Time) error {
	if err := p.errand(w, p.options.Initializer, deadline); err != nil {
		return fmt.Errorf("the initializer: %w", err)
	}
	return nil
}

// finalize has the worker that leaves run the pool's Finalizer.
func (p *Pool) finalize(s *seat) {
	w := workerOf(s)
	err := p.errand(w, p.options.Finalizer, time.Now().Add(p.options.StartTimeout))
	if err == nil || errors.Is(err, ErrClosed) { // the pool has killed it
		return
	}
	p.logFinalizer(w, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopError = fmt.Errorf("ipc: the finalizer: %w", err)
}

// errand has w run call, if there is one, and returns how that failed.
func (p *Pool) errand(w *worker, call Call, deadline time.Time) error {
	if call.Func == "" {
		return nil
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	c := newPending(ctx, &call)
	defer free(c)
	if !p.sched.Errand(w.seat, c) {
		return errors.New("the worker had gone")
	}
	p.lead(ctx, c)
	switch {
	case c.End() == sched.Answered:
		_, err := outcome(ctx, c, p.options.MaxMessage)
		return err
	case c.End() <= sched.GivenUp:
		return c.Err()
	case ctx.Err() != nil:
		return p.sched.GiveUp(c, context.Cause(ctx))
	}
	// What became of the worker is told, not wrapped: no call has died of it.
	return p.sched.GiveUp(c, errors.New(w.lastWords(call.Func).Error()))
}
