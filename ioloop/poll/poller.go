package poll

import (
	"fmt"
	"iter"
	"math"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ioloop/internal/fdtable"
)

// A Poller waits until descriptors are ready (selectors.DefaultSelector). [New] makes
// one. Any goroutine may call its methods, but only one at a time may be in Wait or
// TryWait or range over what they returned.
type Poller struct {
	name     Backend
	backend  backend
	registry registry

	start    time.Time     // deadline counts from here
	deadline atomic.Int64  // see WakeAt: nanoseconds since start, or never
	state    atomic.Uint32 // asleep, woken, changed
	closed   atomic.Bool
	removals atomic.Uint32 // how many tokens have become stale

	waiting atomic.Bool   // a goroutine is in Wait or TryWait
	busy    bool          // that goroutine is in the backend; guarded by registry
	left    chan struct{} // Close waits here until it is not; guarded by registry

	// What follows belongs to the goroutine that waits or ranges.
	batch   []Event
	reached int    // of the batch
	removed uint32 // removals when the batch was taken
	events  iter.Seq[Event]
}

// New returns a poller without descriptors. It takes the best backend of the system if
// there are no options. The error matches errors.ErrUnsupported where the system has no
// such backend, and is the system's when it has no descriptor left. The caller must
// close the poller.
func New(options ...Options) (*Poller, error) {
	o := optional.One("poll", "New", options)
	p := newPoller()
	name, b, err := open(&p.registry, o)
	if err != nil {
		return nil, err
	}
	p.name, p.backend = name, b
	return p, nil
}

func newPoller() *Poller {
	p := &Poller{start: time.Now()}
	p.deadline.Store(never)
	p.events = p.yield
	return p
}

// Add begins to wait for fd (register). It returns a token that stands for fd until
// Remove. It does not block, and a Wait that is under way heeds it. The
// error is an [*FDError], or [ErrClosed].
//
// A want of zero still reports HungUp and Failed. A number that was added before and
// closed without Remove is taken over: its old token is stale from then on. Select
// and Poll tell that from a second Add by the file's identity, which all eventfds,
// timerfds and the like have in common.
func (p *Poller) Add(fd int, want Events) (Token, error) {
	want.check("Add")
	if fd < 0 || fd > math.MaxInt32 {
		return Token{}, &FDError{FD: fd, Backend: p.name, Err: syscall.EBADF}
	}
	r := &p.registry
	r.Lock()
	defer r.Unlock()
	if p.closed.Load() {
		return Token{}, ErrClosed
	}
	old := r.get(int32(fd))
	t := r.next(int32(fd))
	if err := p.backend.add(t, want, old.gen != 0); err != nil {
		if e, ok := err.(*FDError); ok {
			return Token{}, e
		}
		return Token{}, &FDError{FD: fd, Backend: p.name, Err: err}
	}
	if old.gen != 0 {
		p.removals.Add(1)
	}
	r.put(t.fd, registration{gen: t.gen, want: want})
	p.rescan()
	return t, nil
}

// Modify changes what is wanted of a descriptor, and reports a OneShot again. A
// descriptor with Edge that is ready already is reported once more. Modify does not
// block, and a Wait that is under way heeds it. It returns [ErrStale] for a token that
// was removed, [ErrClosed], or an [*FDError] for a mode that the backend lacks or a
// descriptor that was closed.
func (p *Poller) Modify(t Token, want Events) error {
	want.check("Modify")
	r := &p.registry
	r.Lock()
	defer r.Unlock()
	switch {
	case p.closed.Load():
		return ErrClosed
	case !r.has(t):
		return fmt.Errorf("%w: %v", ErrStale, t)
	}
	if err := p.backend.modify(t, want); err != nil {
		return &FDError{FD: t.FD(), Backend: p.name, Err: err}
	}
	r.put(t.fd, registration{gen: t.gen, want: want})
	p.rescan()
	return nil
}

// Remove ends the waiting for a descriptor (unregister). Call it before the descriptor is
// closed. None of its events is yielded from then on, not even by a sequence that is
// being ranged over. Remove does not block. It returns [ErrStale] for a token that was
// removed before, and [ErrClosed].
func (p *Poller) Remove(t Token) error {
	r := &p.registry
	r.Lock()
	defer r.Unlock()
	switch {
	case p.closed.Load():
		return ErrClosed
	case !r.has(t):
		return fmt.Errorf("%w: %v", ErrStale, t)
	}
	p.removals.Add(1)
	p.backend.remove(t)
	r.put(t.fd, registration{})
	p.rescan()
	return nil
}

// rescan lets a Wait begin anew if its backend has to be told of changes that way.
func (p *Poller) rescan() {
	if p.backend.rescans() {
		p.interrupt(changed)
	}
}

// Backend returns the backend, which is never [Best].
func (p *Poller) Backend() Backend { return p.name }

// FD returns a descriptor that is readable when Wait would not block, so that another
// poller can wait for this one. It returns -1 where the backend has none: with Select,
// Poll, Sigio and Scripted. Only events of descriptors make it readable, and Wake. It is
// the poller's: do not read from it, and do not close it.
func (p *Poller) FD() int { return p.backend.fd() }

// Len returns how many descriptors are registered.
func (p *Poller) Len() int {
	p.registry.Lock()
	defer p.registry.Unlock()
	return p.registry.table.Len()
}

// Close ends the poller. A Wait that is under way returns [ErrClosed], and so do later
// calls. Close blocks until that Wait has left the system call. It closes none of the
// descriptors that were added. A second Close returns [ErrClosed].
func (p *Poller) Close() error {
	r := &p.registry
	r.Lock()
	if p.closed.Swap(true) {
		r.Unlock()
		return ErrClosed
	}
	if p.busy {
		p.left = make(chan struct{})
		p.interrupt(woken)
		r.Unlock()
		<-p.left
		r.Lock()
	}
	defer r.Unlock()
	err := p.backend.close()
	r.table = fdtable.Table[registration]{}
	return err
}
