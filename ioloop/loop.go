package ioloop

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/internal/fdtable"
	"github.com/fanfold/fanfold/ioloop/internal/wheel"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Options are settings of a loop. The zero value is a good choice.
type Options struct {
	// Poller waits for the loop, which closes it. Nil means the best of the system.
	Poller *poll.Poller
	// Ring lets the kernel carry out what connections and files have begun, instead of
	// telling when it can be done: io_uring, of Linux 6.1 and later. Containers often
	// forbid it, hence RingOff is the default. The ring waits for the poller, too, which
	// must have a descriptor of its own.
	Ring Ring
	// Pool runs what blocks: calls of files, unless there is a ring. The loop does not close
	// it. Nil means one of the loop's own, of 16 workers, at whose queue 4,096 calls may
	// wait.
	Pool *concurrent.Pool
	// Queue is how many posted functions may wait. Zero means 65,536, -1 means
	// no bound.
	Queue int
	// Slow makes the loop log callbacks that take longer, and measure all of them. Zero
	// means that none is measured.
	Slow time.Duration
	// Logger gets a record for each slow callback, and for each connection that could
	// not be accepted. Nil means slog.Default().
	Logger *slog.Logger
	// Panic is called with the panic of a callback, on the loop. The connection, watch or
	// timer whose callback it was ends, and the loop goes on. If Panic is nil, Run closes
	// the loop and panics with the *PanicError.
	Panic func(*PanicError)
}

// A Loop runs callbacks one after the other, when descriptors are ready, when timers are
// due, and when other goroutines post them. [New] makes one. Its methods are of two
// kinds: those that any goroutine may call, and those for callbacks.
//
// A method of the second kind may be called by callbacks, and by any one goroutine while
// Run does not run. Elsewhere it panics if the loop is waiting, and is a data race that
// the race detector reports if not.
type Loop struct {
	poller  *poll.Poller
	ring    *ring // nil: none
	options Options
	origin  time.Time // the wheel counts from here

	mailbox mailbox
	stop    atomic.Bool
	stats   counters

	mu      sync.Mutex
	state   loopState       // guarded by mu
	runner  string          // the goroutine in Run; likewise
	left    chan struct{}   // closed when Run returns; likewise
	life    context.Context // ends with Close, as closing does
	die     context.CancelFunc
	closing <-chan struct{}
	helpers sync.WaitGroup       // goroutines that Close waits for
	pool    *concurrent.Pool     // nil: none of its own was needed; guarded by mu
	files   map[*File]struct{}   // that are open; likewise
	parcels map[*parcel]struct{} // on their way; likewise

	turn // belongs to the goroutine in Run, or to the only one while there is none
}

// What the goroutine of a loop works on.
type turn struct {
	waiting bool // in the poller; plain, so that the race detector sees who looks
	now     time.Time
	targets fdtable.Table[entry]
	wheel   wheel.Wheel[*Timer]
	alarm   time.Time // what the poller was told last
	due     []*wheel.Entry[*Timer]
	soon    []func() // for the next turn
	ready   []func() // of this one
	posted  []func()
	first   *Conn   // of all connections
	dirty   []*Conn // with bytes to be sent
	starved []*acceptor

	event  func(poll.Event) bool // made once: see dispatch
	caller owner                 // of the callback that runs
	began  time.Time             // it, if callbacks are measured
	failed *panics.Caught        // a callback's panic that ends Run
	buffer []byte                // what connections read into
	spare  [][]byte              // buffers that connections gave back
	spared int                   // the bytes that they hold
}

type loopState uint8

const (
	resting loopState = iota
	running
	closed
)

// An owner is what a callback belongs to, and what ends if it panics.
type owner interface {
	panicked(*PanicError)
}

// A target gets the events of a descriptor.
type target interface {
	owner
	ready(poll.Events)
	abort(error) // the loop is closed
	lost()       // the descriptor was closed behind the loop's back, and its number is another file's
}

// An entry is the target of one registration.
type entry struct {
	token  poll.Token
	target target
}

// New returns a loop that is to be run. It starts nothing. Its errors are those of
// [poll.New]; with RingMust also one that matches errors.ErrUnsupported and, where the system
// has refused, its errno. The poller of the options is closed then. The caller must close the
// loop.
func New(options ...Options) (*Loop, error) {
	o := optional.One("ioloop", "New", options)
	switch {
	case o.Queue < -1:
		panic(fmt.Sprintf("ioloop: Options.Queue of %d, want at least -1", o.Queue))
	case o.Slow < 0:
		panic(fmt.Sprintf("ioloop: Options.Slow of %v, want at least 0", o.Slow))
	case o.Ring < RingOff || o.Ring > RingMust:
		panic(fmt.Sprintf("ioloop: Options.Ring of %d, want RingOff, RingTry or RingMust", o.Ring))
	}
	if o.Queue == 0 {
		o.Queue = 1 << 16
	}
	if o.Poller == nil {
		var err error
		if o.Poller, err = poll.New(); err != nil {
			return nil, fmt.Errorf("ioloop: %w", err)
		}
	}
	l := &Loop{poller: o.Poller, options: o, origin: time.Now()}
	l.life, l.die = context.WithCancel(context.Background())
	l.closing = l.life.Done()
	l.now = l.origin
	l.event = l.dispatch
	l.mailbox.open(o.Queue)
	if o.Ring != RingOff {
		r, err := newRing(l)
		if err == nil {
			l.ring = r
		} else if o.Ring == RingMust {
			l.poller.Close()
			return nil, fmt.Errorf("ioloop: RingMust: %w", err)
		}
	}
	return l, nil
}

// Close ends the loop. It aborts the connections and servers that are left, whose Close
// callbacks get [ErrClosed], drops what was scheduled and posted, and closes the poller.
// Calls that wait for the loop return ErrClosed. When the loop runs, Close
// blocks until Run has returned. It panics in a callback: there, call Stop. A second
// Close returns ErrClosed.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.state == closed {
		l.mu.Unlock()
		return ErrClosed
	}
	if l.state == running && l.runner == goroutine() {
		l.mu.Unlock()
		panic("ioloop: Close called by a callback, which Run waits for: call Stop")
	}
	wasRunning := l.state == running
	l.state = closed
	left := l.left
	l.mu.Unlock()
	l.die()
	if wasRunning {
		l.stop.Store(true)
		l.wake()
		<-left
	}
	return l.tearDown()
}

// tearDown ends what is left, in the goroutine that closes the loop. A callback that
// panics meanwhile does not keep the others from being called.
func (l *Loop) tearDown() error {
	l.mailbox.close()
	l.dropParcels()
	if l.ring != nil {
		l.ring.end()
	}
	for l.first != nil { // finish takes it out of the list, also if it panics
		c := l.first
		c.abort(ErrClosed)
		l.guard(c.finish)
	}
	for _, e := range l.targets.All() {
		e.target.abort(ErrClosed)
	}
	if l.ring != nil {
		l.ring.abort()
	}
	l.closeFiles()
	l.helpers.Wait()
	if l.ring != nil {
		l.ring.close()
	}
	err := l.poller.Close()
	l.targets = fdtable.Table[entry]{}
	l.wheel = wheel.Wheel[*Timer]{}
	l.soon, l.ready, l.posted, l.due = nil, nil, nil, nil
	if f := l.failed; f != nil {
		l.failed = nil
		f.RaisePanic()
	}
	return err
}

// Stop makes Run return nil after its current turn, or after the first turn when it is
// called before Run. Any goroutine may call it, also a callback.
func (l *Loop) Stop() {
	l.stop.Store(true)
	l.wake()
}

// Now returns when the current turn began. It costs nothing, other than time.Now. It is
// for callbacks.
func (l *Loop) Now() time.Time {
	l.check("Now")
	return l.now
}

// check panics if a method for callbacks is called while the loop waits.
func (l *Loop) check(method string) {
	if l.waiting {
		panic(fmt.Sprintf("ioloop: %s called by a goroutine that is not the loop's: use Post or Call", method))
	}
}

// since returns how long a time is after the loop's start, as the wheel counts.
func (l *Loop) since(t time.Time) int64 { return int64(t.Sub(l.origin)) }

// isClosed reports whether Close was called.
func (l *Loop) isClosed() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

func (l *Loop) logger() *slog.Logger {
	if l.options.Logger != nil {
		return l.options.Logger
	}
	return slog.Default()
}
