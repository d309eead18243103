//go:build linux

package main

import (
	"context"
	"errors"
	"runtime"

	"github.com/fanfold/fanfold/ipc/shm"
)

// enter enters what a lock guards, which this process has. died is whether it was told
// that a holder has died.
func (p *player) enter(t *turn, v *visit, died bool, mend func()) {
	p.begin()
	if who := v.Inside.Swap(p.number + 1); who != 0 && !died {
		p.remark(noteUnexplained, "process %d: %s, while process %d is inside (dead: %v)", p.number, t.name, who-1, p.doomed(who-1))
	}
	if v.Dirty.Load() != 0 && !died {
		p.remark(noteUnexplained, "process %d: %s was not told of a death", p.number, t.name)
	}
	if died {
		v.Dirty.Store(1)
		v.After = v.Before
		if t.rnd.IntN(4) > 0 { // otherwise the next is told, too
			v.Dirty.Store(0)
			mend()
		}
	}
	if v.Before != v.After {
		p.remark(noteUnexplained, "process %d: %s, and a visit is not over", p.number, t.name)
	}
}

// leave leaves what a lock guards.
func (p *player) leave(v *visit) {
	v.Inside.Store(0)
	p.inside.RUnlock()
}

// begin begins what must not go on when the memory is closed: then the lock is another's.
func (p *player) begin() {
	p.inside.RLock()
	if p.closing.Load() {
		p.inside.RUnlock()
		runtime.Goexit()
	}
}

// held reports whether a lock is held of which LockContext has returned err, and whether a
// holder has died.
func (p *player) held(t *turn, err error) (held, died bool) {
	if died, ok := errors.AsType[*shm.OwnerDiedError](err); ok {
		if died.Pid == 0 {
			p.remark(noteUnexplained, "process %d: %s: nobody died", p.number, t.name)
		}
		return true, true
	}
	return !p.failed(t, err), false
}

// lock counts a visit of what the Lock guards.
func (p *player) lock(t *turn) { p.visit(t, p.Lock, &p.page.Locked, locked, 4) }

// write counts a visit of what the RWLock guards.
func (p *player) write(t *turn) { p.visit(t, p.RW, &p.page.Written, written, 8) }

// A lockable is a Lock, or an RWLock for a writer.
type lockable interface {
	TryLock() bool
	LockContext(context.Context) error
	Unlock()
	MarkConsistent()
}

// visit counts a visit, of that kind, of what l guards. One of so many takes l only if it
// is free.
func (p *player) visit(t *turn, l lockable, v *visit, kind, oneOf int) {
	died := false
	if t.rnd.IntN(oneOf) == 0 {
		if !l.TryLock() {
			return
		}
	} else {
		var held bool
		if held, died = p.held(t, l.LockContext(t.ctx)); !held {
			return
		}
	}
	p.enter(t, v, died, l.MarkConsistent)
	p.life.Begun[kind].Add(1)
	v.Before++
	t.work()
	p.life.Visits[kind-locked]++
	v.After++
	p.leave(v)
	l.Unlock()
	p.life.Acked[kind].Add(1)
}

// read sees that nobody writes.
func (p *player) read(t *turn) {
	if t.rnd.IntN(4) == 0 {
		if !p.RW.TryRLock() {
			return
		}
	} else if err := p.RW.RLockContext(t.ctx); errors.Is(err, shm.ErrOwnerDied) || p.failed(t, err) {
		return
	}
	p.begin()
	before := p.page.Written.Before
	if who := p.page.Written.Inside.Load(); who != 0 {
		p.remark(noteUnexplained, "process %d reads while process %d writes (dead: %v)", p.number, who-1, p.doomed(who-1))
	}
	t.work()
	if after := p.page.Written.After; before != after {
		p.remark(noteUnexplained, "process %d reads %d and %d", p.number, before, after)
	}
	p.inside.RUnlock()
	p.RW.RUnlock()
}

// permits takes permits, and sees that there are no more than there may be.
func (p *player) permits(t *turn) {
	n := 1 + t.rnd.IntN(2)
	if t.rnd.IntN(4) == 0 {
		if !p.Permits.TryAcquire(n) {
			return
		}
	} else if p.failed(t, p.Permits.Acquire(t.ctx, n)) {
		return
	}
	for range n {
		p.sit()
	}
	t.work()
	for range n {
		for i := range p.page.Seats {
			if p.page.Seats[i].CompareAndSwap(p.number+1, 0) {
				break
			}
		}
	}
	p.Permits.Release(n)
}

// sit takes a seat for a permit: one that is free, or that of a process to which
// something was done.
func (p *player) sit() {
	for range 100 {
		for i := range p.page.Seats {
			if p.page.Seats[i].CompareAndSwap(0, p.number+1) {
				return
			}
		}
		for i := range p.page.Seats {
			if who := p.page.Seats[i].Load(); who != 0 && p.doomed(who-1) && p.page.Seats[i].CompareAndSwap(who, p.number+1) {
				return
			}
		}
	}
	p.remark(noteDoubled, "process %d has a permit, and others have all", p.number)
}
