package ipc

import (
	"context"
	"errors"
	"fmt"
	"time"
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

// finalize has a worker that leaves run the pool's Finalizer.
func (p *Pool) finalize(w *worker) {
	if p.options.Finalizer.Func == "" {
		return
	}
	p.mu.Lock()
	p.calls++ // until its end is known
	p.mu.Unlock()
	err := p.errand(w, p.options.Finalizer, time.Now().Add(p.options.StartTimeout))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	p.changed.Broadcast()
	if err != nil {
		p.logFinalizer(w, err)
		p.stats.StopError = fmt.Errorf("ipc: the finalizer: %w", err)
	}
}

// errand has w run call, if there is one, and returns how that failed.
func (p *Pool) errand(w *worker, call Call, deadline time.Time) error {
	if call.Func == "" {
		return nil
	}
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	c := newPending(ctx, call)
	defer c.free()
	c.end = answered
	p.mu.Lock()
	if w.gone || !p.give(w, c) {
		p.mu.Unlock()
		return errors.New("the worker had gone")
	}
	w.calls-- // it is not one of anybody's
	p.calls++
	p.promote(w)
	p.mu.Unlock()
	p.lead(ctx, c)
	if c.end == answered {
		_, err := c.outcome(ctx, p.options.MaxMessage)
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls--
	p.changed.Broadcast()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	// What became of the worker is told, not wrapped: no call has died of it.
	return errors.New(c.err.Error())
}
