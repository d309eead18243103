//go:build linux

package main

import (
	"context"
	"errors"
	"time"

	"github.com/fanfold/fanfold/ipc/shm"
)

// give adds a token, and notifies one that waits for it.
func (p *player) give(t *turn) {
	held, died := p.held(t, p.Lock.LockContext(t.ctx))
	if !held {
		return
	}
	p.enter(t, &p.page.Locked, died, p.Lock.MarkConsistent)
	p.life.Begun[given].Add(1)
	p.page.Tokens++
	if t.rnd.IntN(8) == 0 {
		p.Changed.NotifyAll()
	} else {
		p.Changed.Notify(1)
	}
	p.leave(&p.page.Locked)
	p.Lock.Unlock()
	p.life.Acked[given].Add(1)
}

// take waits for a token, and takes it.
func (p *player) take(t *turn) {
	held, died := p.held(t, p.Lock.LockContext(t.ctx))
	if !held {
		return
	}
	p.enter(t, &p.page.Locked, died, p.Lock.MarkConsistent)
	for p.page.Tokens <= 0 {
		p.leave(&p.page.Locked)
		err := p.Changed.Wait(t.ctx)
		_, died := errors.AsType[*shm.OwnerDiedError](err)
		if !died && errors.Is(err, shm.ErrClosed) {
			p.failed(t, err)
			return
		}
		p.enter(t, &p.page.Locked, died, p.Lock.MarkConsistent)
		if !died && p.failed(t, err) {
			p.leave(&p.page.Locked)
			p.Lock.Unlock()
			return
		}
	}
	p.life.Begun[got].Add(1)
	p.page.Tokens--
	p.leave(&p.page.Locked)
	p.Lock.Unlock()
	p.life.Acked[got].Add(1)
}

// meet meets others at the barrier, for a while. One that finds it broken makes it new.
func (p *player) meet(t *turn) {
	ctx, stop := context.WithTimeoutCause(t.ctx, 50*time.Millisecond, errImpatient)
	defer stop()
	p.life.Begun[met].Add(1)
	index, err := p.Meeting.Wait(ctx)
	if err == nil {
		p.life.Met[index].Add(1)
	}
	p.life.Acked[met].Add(1)
	switch {
	case err == nil, errors.Is(err, errImpatient):
	case errors.Is(err, shm.ErrBroken):
		if t.rnd.IntN(2) == 0 {
			p.Meeting.Reset()
		}
	default:
		p.failed(t, err)
	}
}

// set sets the event, and clears it at once or a little later.
func (p *player) set(t *turn) {
	p.Flag.Set()
	t.work()
	p.Flag.Clear()
}

// wait waits for the event.
func (p *player) wait(t *turn) { p.failed(t, p.Flag.Wait(t.ctx)) }
