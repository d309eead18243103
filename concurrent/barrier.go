package concurrent

import (
	"context"
	"fmt"
	"sync"

	"github.com/fanfold/fanfold/concurrent/internal/park"
	"github.com/fanfold/fanfold/internal/panics"
)

// A Barrier lets a fixed number of parties wait for each other, again and again:
// threading.Barrier, Java's CyclicBarrier. It must be made by [NewBarrier] and must
// not be copied.
//
// A barrier releases all of its parties or none. It breaks when the context of a
// waiting party ends, and when the action panics. Then the parties that wait, and
// those that arrive later, get [ErrBroken] until [Barrier.Reset].
//
// What a party does before Wait happens before the action. The action happens
// before the Wait of any party returns.
type Barrier struct {
	parties int
	action  func()

	mu  sync.Mutex
	now *meeting // the one that fills, is full while the action runs, or is broken
}

// A meeting is one use of a barrier. Parties that wait keep theirs while the barrier
// already fills the next.
type meeting struct {
	arrived int
	broken  bool
	doomed  bool          // a party that came while the action ran gave up: the next meeting is broken from the start
	over    chan struct{} // closed when the parties part or the barrier breaks; made by the first to park
}

// NewBarrier returns a barrier for this number of parties. A non-nil action is
// called by the party that arrives last, before any party is released. NewBarrier
// panics when parties is less than 1.
//
// The action must not wait at the barrier itself. When it panics or calls
// runtime.Goexit, the barrier breaks, and the panic continues in the party that ran
// the action.
func NewBarrier(parties int, action func()) *Barrier {
	if parties < 1 {
		panic(fmt.Sprintf("concurrent: NewBarrier of %d parties, want 1 or more", parties))
	}
	return &Barrier{parties: parties, action: action, now: &meeting{}}
}

// Wait blocks until all parties have called it and the action has run. It returns
// the order of arrival, from 0 to Parties()-1. Each number is returned to one
// party, the highest to the one that ran the action. The barrier can be used again
// at once.
//
// When the barrier is broken, or breaks meanwhile, Wait returns ErrBroken. When ctx
// ends, or is done on entry, the barrier breaks and Wait returns
// context.Cause(ctx), unless all parties had been released. Wait returns at once
// then, even while the action runs. The action runs to its end, and its meeting has
// failed.
//
// More goroutines than parties may use a barrier. A goroutine that arrives while
// the action runs belongs to the next meeting.
func (b *Barrier) Wait(ctx context.Context) (index int, err error) {
	b.mustBeMade()
	m, err := b.enter(ctx)
	if err != nil {
		return 0, err
	}
	index = m.arrived
	m.arrived++
	switch {
	case m.arrived < b.parties:
		err = b.meet(ctx, m)
	case b.action != nil:
		b.mu.Unlock()
		err = b.act(m)
	default:
		b.part(m)
		b.mu.Unlock()
	}
	if err != nil {
		return 0, err
	}
	return index, nil
}

// enter returns the meeting that fills, with b.mu held unless there is an error. The
// methods of ctx are called without it: they may be the user's code.
func (b *Barrier) enter(ctx context.Context) (*meeting, error) {
	var fault *panics.Caught
	for {
		ended := fault != nil || ctx.Err() != nil
		b.mu.Lock()
		m := b.now
		full := m.arrived == b.parties
		switch {
		case ended:
			// The others would wait for a party that does not come. Whether it gave
			// up just before or just after it arrived makes no difference to them.
			if full {
				m.doomed = true
			} else {
				b.spoil(m)
			}
			b.mu.Unlock()
			fault.Raise()
			return nil, context.Cause(ctx)
		case m.broken:
			b.mu.Unlock()
			return nil, ErrBroken
		case !full:
			return m, nil
		}
		_, fault = b.park(ctx, m) // the action runs
	}
}

// meet waits for the others of m. It is called with b.mu held and returns without.
func (b *Barrier) meet(ctx context.Context, m *meeting) error {
	ended, fault := b.park(ctx, m)
	b.mu.Lock()
	passed := b.now != m && !m.broken
	if ended && !passed {
		b.spoil(m)
	}
	b.mu.Unlock()
	switch {
	case passed:
		return nil
	case fault != nil:
		fault.Raise()
	case ended || ctx.Err() != nil:
		// Parties that share a context all get its cause, whichever of them broke
		// the barrier.
		return context.Cause(ctx)
	}
	return ErrBroken
}

// park waits for the end of m or of ctx, and reports whether it was that of ctx. A Done
// of ctx that panics is one, too. It is called with b.mu held and returns without.
func (b *Barrier) park(ctx context.Context, m *meeting) (ended bool, fault *panics.Caught) {
	if m.over == nil {
		m.over = make(chan struct{})
	}
	b.mu.Unlock()
	done, fault := park.Done(ctx)
	select {
	case <-m.over:
		return false, fault
	case <-done:
		return true, fault
	}
}

// act runs the action for m, which is full, and releases the parties.
func (b *Barrier) act(m *meeting) (err error) {
	returned := false
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch {
		case m.broken: // by a party that stopped waiting for the action
			err = ErrBroken
		case returned:
			b.part(m)
		default:
			b.spoil(m)
		}
	}()
	b.action()
	returned = true
	return nil
}

// part ends m well and begins the next meeting. b.mu is held, and m is b.now.
func (b *Barrier) part(m *meeting) {
	b.now = &meeting{broken: m.doomed}
	if m.over != nil {
		close(m.over)
	}
}

// spoil breaks m, unless it is broken already. b.mu is held.
func (b *Barrier) spoil(m *meeting) {
	if m.broken {
		return
	}
	m.broken = true
	if m.over != nil {
		close(m.over)
	}
}

// Abort breaks the barrier: the parties that wait, and those that arrive later, get
// ErrBroken. It does not block.
func (b *Barrier) Abort() {
	b.mustBeMade()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spoil(b.now)
}

// Reset makes the barrier as new: it is not broken, and no party waits. The parties
// that waited, also for the action, get ErrBroken. Reset does not block. It does
// not wait for an action that runs, so the action of the next meeting may run at
// the same time.
func (b *Barrier) Reset() {
	b.mustBeMade()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spoil(b.now)
	b.now = &meeting{}
}

// Broken reports whether the barrier is broken.
func (b *Barrier) Broken() bool {
	b.mustBeMade()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.broken
}

// Waiting returns how many parties have arrived and were not released. It returns 0
// when the barrier is broken.
func (b *Barrier) Waiting() int {
	b.mustBeMade()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.broken {
		return 0
	}
	return b.now.arrived
}

// Parties returns the number of parties that the barrier waits for.
func (b *Barrier) Parties() int { return b.parties }

// mustBeMade panics for the zero value.
func (b *Barrier) mustBeMade() {
	if b.parties == 0 {
		panic("concurrent: Barrier not made by NewBarrier")
	}
}
