package poll

import (
	"context"
	"fmt"
	"iter"
	"math"
	"time"
)

// The bits of a poller's state. A goroutine that finds asleep set, and neither of the
// others, has to wake the backend.
const (
	asleep  = 1 << iota // a goroutine is about to wait in the backend, or waits there
	woken               // Wake, Close or the end of a ctx: Wait returns
	changed             // the deadline or a registration: Wait begins anew
)

// never is the deadline of a poller without one.
const never = math.MaxInt64

// Wait blocks until a descriptor is ready, until Wake is called, until the time that
// WakeAt has set, or until ctx ends. It returns what has been found as a sequence. The
// sequence is empty after Wake and WakeAt, and may be empty at other times. Descriptors
// that are ready at the same time come in no particular order. When a descriptor is
// ready and ctx ends, the events win.
//
// The sequence is valid until the next Wait or TryWait. Events that the range did
// not reach come with the next one. Wait allocates nothing unless ctx can end. A range
// statement allocates its body; events(f) with a function f that was made once does not.
//
// Wait returns context.Cause(ctx), [ErrClosed], or an error of the system. It panics when
// another goroutine is in Wait or TryWait.
func (p *Poller) Wait(ctx context.Context) (iter.Seq[Event], error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, p.Wake)()
	}
	if err := p.collect("Wait", true); err != nil {
		return nil, err
	}
	if len(p.batch) == p.reached && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return p.events, nil
}

// TryWait is Wait without blocking: it returns the events of descriptors that are ready
// now. It does not use up a Wake.
func (p *Poller) TryWait() (iter.Seq[Event], error) {
	if err := p.collect("TryWait", false); err != nil {
		return nil, err
	}
	return p.events, nil
}

// Wake ends a Wait that is under way, or the next one. Several calls before that count as
// one. It does not block. The call costs some nanoseconds if no goroutine waits, and a
// system call if one does. After Close it does nothing.
func (p *Poller) Wake() {
	if p.raise(woken) {
		p.registry.Lock()
		defer p.registry.Unlock()
		if !p.closed.Load() {
			p.backend.wake()
		}
	}
}

// WakeAt ends each Wait that is under way at t or begins later, and never before t. It
// replaces the time of an earlier WakeAt. The zero Time means none. A Wait ends within
// a millisecond after t on a machine that has a processor to spare. The clock is the
// monotonic one if t came from time.Now.
func (p *Poller) WakeAt(t time.Time) {
	at := int64(never)
	if !t.IsZero() {
		at = int64(t.Sub(p.start))
	}
	if before := p.deadline.Swap(at); at < before && p.raise(changed) {
		p.registry.Lock()
		defer p.registry.Unlock()
		if !p.closed.Load() {
			p.backend.wake()
		}
	}
}

// interrupt sets bit and wakes the backend where that is necessary. The caller holds the
// registry's lock.
func (p *Poller) interrupt(bit uint32) {
	if p.raise(bit) {
		p.backend.wake()
	}
}

// raise sets bit and reports whether the backend has to be woken.
func (p *Poller) raise(bit uint32) bool {
	return p.state.Or(bit) == asleep
}

// collect fills the batch.
func (p *Poller) collect(method string, block bool) error {
	if !p.waiting.CompareAndSwap(false, true) {
		panic(fmt.Sprintf("poll: %s called while another goroutine waits", method))
	}
	defer p.waiting.Store(false)
	if p.closed.Load() {
		return ErrClosed
	}
	if p.trim(); len(p.batch) > 0 {
		return nil
	}
	if !p.enter() {
		return ErrClosed
	}
	err := p.fill(block)
	if p.leave() {
		return ErrClosed
	}
	return err
}

// fill waits in the backend until there is a reason to return.
func (p *Poller) fill(block bool) error {
	for {
		d, was := time.Duration(0), uint32(0)
		if block {
			if was = p.state.Swap(asleep); was&woken == 0 {
				d = p.remaining()
			}
		}
		p.reached = 0
		p.removed = p.removals.Load()
		found, err := p.backend.wait(d, p.batch[:0])
		p.batch = found
		if block {
			was |= p.state.Swap(0)
		}
		if len(found) > 0 {
			p.filter()
		}
		switch {
		case err != nil:
			return fmt.Errorf("poll: %s: %w", p.name, err)
		case len(p.batch) > 0, !block, was&woken != 0, p.remaining() == 0:
			return nil
		}
	}
}

// remaining returns how long it is until the deadline: 0 when it has passed, and -1
// when there is none.
func (p *Poller) remaining() time.Duration {
	at := p.deadline.Load()
	if at == never {
		return -1
	}
	return max(0, time.Duration(at)-time.Since(p.start))
}

// enter says that the backend is in use. It reports false if the poller is closed.
func (p *Poller) enter() bool {
	p.registry.Lock()
	defer p.registry.Unlock()
	p.busy = !p.closed.Load()
	return p.busy
}

// leave says that the backend is not in use any more. It reports true if the poller
// was closed meanwhile.
func (p *Poller) leave() bool {
	p.registry.Lock()
	defer p.registry.Unlock()
	p.busy = false
	if p.left != nil {
		close(p.left)
	}
	return p.closed.Load()
}

// filter leaves in the batch what is wanted of tokens that are registered.
func (p *Poller) filter() {
	r := &p.registry
	r.Lock()
	defer r.Unlock()
	p.removed = p.removals.Load()
	fresh, stale := p.batch[:0], false
	for _, e := range p.batch {
		if !r.has(e.Token) {
			stale = true
			continue
		}
		want := r.get(e.Token.fd).want
		if e.Events = ended(e.Events, want) & (want | HungUp | Failed); e.Events == 0 {
			continue
		}
		if want&OneShot != 0 {
			r.turnOff(e.Token)
		}
		fresh = append(fresh, e)
	}
	p.batch = fresh
	if stale {
		p.backend.stale()
	}
}

// trim takes the events of stale tokens out of what the last range did not reach.
func (p *Poller) trim() {
	rest := p.batch[p.reached:]
	p.batch, p.reached = p.batch[:0], 0
	for _, e := range rest {
		if p.isRegistered(e.Token) {
			p.batch = append(p.batch, e)
		}
	}
}

// yield is the sequence that Wait and TryWait return.
func (p *Poller) yield(yield func(Event) bool) {
	for p.reached < len(p.batch) {
		e := p.batch[p.reached]
		p.reached++
		if p.removed != p.removals.Load() && !p.isRegistered(e.Token) {
			continue
		}
		if p.closed.Load() || !yield(e) {
			return
		}
	}
}

func (p *Poller) isRegistered(t Token) bool {
	p.registry.Lock()
	defer p.registry.Unlock()
	return p.registry.has(t)
}
