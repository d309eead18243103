package ioloop

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/internal/uring"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A ring waits for a loop: for operations of connections, listeners and files, and for the
// poller, which has everything else. It runs while Run does, on the thread of Run. Its
// methods are called on the loop, but for wake.
type ring struct {
	loop   *Loop
	uring  *uring.Ring
	events iter.Seq[poll.Event]

	state atomic.Uint32 // ringAsleep, ringWoken
	mu    sync.Mutex
	waker int // an eventfd; -1 after close; guarded by mu

	slot     uring.Slot // of the waker and the poller
	hot      bool       // the poller may have events, and is not polled
	own      int        // completions of these two in this turn
	failed   error      // of the poller
	unwanted []*ringLink
	hungry   []*ringLink
	resting  bool // Run does not run, or ends: no callback may be called
	ended    bool // nothing is begun any more
	accepts  map[*ringAccept]struct{}
	files    fileRequests
}

// The bits of a ring's state, as those of a poller.
const (
	ringAsleep = 1 << iota // the loop is about to wait in the ring, or waits there
	ringWoken              // wake was called
)

// What the ring's own operations are.
const (
	wakerOp uint8 = iota
	pollerOp
)

// The buffers that what has come is put into. A connection that is idle has none. Tests
// change them.
var (
	ringBuffers    = 256
	ringBufferSize = readSize
)

// trimAfter is how long a ring waits with memory of a peak before it gives that back.
const trimAfter = time.Second

// newRing returns a ring for l, or an error where the system has none.
func newRing(l *Loop) (*ring, error) {
	if l.poller.FD() < 0 {
		return nil, fmt.Errorf("a ring cannot wait for a poller of %s: %w", l.poller.Backend(), errors.ErrUnsupported)
	}
	u, err := uring.New(ringBuffers, ringBufferSize)
	if err != nil {
		return nil, errors.Join(err, errors.ErrUnsupported)
	}
	waker, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		u.Close()
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	r := &ring{loop: l, uring: u, waker: waker, resting: true, hot: true, accepts: map[*ringAccept]struct{}{}}
	r.events = r.yield
	r.slot = u.Attach(r)
	u.PollAgain(r.slot, wakerOp, waker, unix.POLLIN)
	return r, nil
}

// start lets the calling goroutine's thread enter the ring.
func (r *ring) start() error {
	runtime.LockOSThread()
	if err := r.uring.Start(); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("ioloop: %w", err)
	}
	r.resting = false
	return nil
}

// stop takes back what the kernel has, so that another thread may go on. What was received
// meanwhile is kept.
func (r *ring) stop() error {
	r.resting = true
	defer runtime.UnlockOSThread()
	if err := r.uring.Stop(); err != nil {
		return fmt.Errorf("ioloop: %w", err)
	}
	return nil
}

// end ends what waits for another Run, which will not come.
func (r *ring) end() {
	r.ended = true
	r.uring.Drop()
	r.files.end()
}

// abort ends what accepts.
func (r *ring) abort() {
	for w := range r.accepts {
		w.acceptor.server.close()
		w.acceptor.stop()
	}
}

// close gives the ring back when nothing uses it any more.
func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	unix.Close(r.waker)
	r.waker = -1
	r.uring.Close()
}

// wake ends await, or the next one. Any goroutine may call it.
func (r *ring) wake() {
	if r.state.Or(ringWoken) == ringAsleep {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.waker >= 0 {
			one := [8]byte{1} // a number that is not 0 on any machine
			unix.Write(r.waker, one[:])
		}
	}
}

// await hands over what was begun, and waits until something has ended, for d, or for ever
// if d is negative.
func (r *ring) await(d time.Duration) error {
	if r.failed != nil {
		return r.failed
	}
	r.settle()
	if r.state.Swap(ringAsleep)&ringWoken != 0 || r.hot {
		d = 0
	}
	trims := d < 0 || d > trimAfter
	if trims = trims && r.uring.Spare(); trims {
		d = trimAfter
	}
	start := r.loop.now
	err := r.uring.Enter(d)
	r.state.Swap(0)
	if trims && r.uring.Empty() && time.Since(start) >= trimAfter {
		r.uring.Trim()
	}
	return err
}

// settle begins and ends what the turn has left to be begun and ended.
func (r *ring) settle() {
	for _, k := range r.unwanted {
		k.listed = false
		if k.armed && k.wanted&poll.Readable == 0 {
			r.uring.Cancel(k.slot, recvOp)
		}
	}
	clear(r.unwanted)
	r.unwanted = r.unwanted[:0]
	for _, k := range r.hungry { // all buffers are back
		k.arm()
	}
	clear(r.hungry)
	r.hungry = r.hungry[:0]
}

// yield tells operations what has come of them, and yields what the poller has found.
func (r *ring) yield(yield func(poll.Event) bool) {
	r.own = 0
	n := r.uring.Dispatch()
	r.loop.stats.events.Add(int64(n - r.own))
	r.files.begin()
	if !r.hot {
		return
	}
	events, err := r.loop.poller.TryWait()
	if err != nil {
		r.failed = err
		return
	}
	for e := range events {
		if !yield(e) {
			return
		}
	}
	r.hot = false // the kernel tells at once if there is more, or if something stays ready
	r.uring.Poll(r.slot, pollerOp, r.loop.poller.FD(), unix.POLLIN)
}

// Completed is told of the waker and of the poller.
func (r *ring) Completed(c uring.Completion) {
	r.own++
	switch {
	case c.Kind == pollerOp:
		r.hot = true
	case !c.More() && !r.ended:
		r.uring.PollAgain(r.slot, wakerOp, r.waker, unix.POLLIN)
	}
}
