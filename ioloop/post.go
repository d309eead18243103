package ioloop

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/panics"
)

// A mailbox holds the functions that goroutines have posted. The loop takes all of them
// at once.
type mailbox struct {
	mu     sync.Mutex
	queue  []func()
	bound  int           // -1: none
	room   chan struct{} // closed when there is room again; nil: no goroutine waits
	closed bool
}

func (m *mailbox) open(bound int) { m.bound = bound }

// put adds f. first says that the loop has to be woken. If there is no room, and wait is
// wanted, room is closed when there may be some.
func (m *mailbox) put(f func(), bounded bool) (first bool, room <-chan struct{}, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return false, nil, ErrClosed
	case bounded && m.bound >= 0 && len(m.queue) >= m.bound:
		if m.room == nil {
			m.room = make(chan struct{})
		}
		return false, m.room, nil
	}
	m.queue = append(m.queue, f)
	return len(m.queue) == 1, nil, nil
}

// keptPosts is the room of a mailbox that is kept when it is empty.
const keptPosts = 1024

// take returns all functions. The mailbox goes on in spare.
func (m *mailbox) take(spare []func()) []func() {
	if cap(spare) > keptPosts {
		spare = nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.queue
	m.queue = spare
	m.makeRoom()
	return taken
}

// makeRoom lets those go on that wait for room.
func (m *mailbox) makeRoom() {
	if m.room != nil {
		close(m.room)
		m.room = nil
	}
}

// close refuses all posts from now on, and drops those that wait.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.queue = nil
	m.makeRoom()
}

// Post makes the loop call f in its next turn. Functions of one goroutine are called in
// the order of their posts. Any goroutine may call it. While Options.Queue functions wait
// already, Post blocks until there is room or ctx ends. It returns the cause of ctx, or
// [ErrClosed], and f is not called then. An accepted f is dropped if the loop is closed
// before its turn. A callback calls Soon instead: Post panics there when it would have to
// wait for its own loop. Python: loop.call_soon_threadsafe.
func (l *Loop) Post(ctx context.Context, f func()) error {
	if f == nil {
		panic("ioloop: Post of a nil function")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for {
		first, room, err := l.mailbox.put(f, true)
		if room == nil {
			if first {
				l.wake()
			}
			return err
		}
		if l.isRunner() {
			panic(fmt.Sprintf("ioloop: Post by a callback when %d functions wait for the loop: call Soon", l.options.Queue))
		}
		select {
		case <-room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// isRunner reports whether the calling goroutine runs the loop. It is slow.
func (l *Loop) isRunner() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state == running && l.runner == goroutine()
}

// send posts without a bound, for what is bounded otherwise. It reports whether the loop
// is open.
func (l *Loop) send(f func()) bool {
	first, _, err := l.mailbox.put(f, false)
	if first {
		l.wake()
	}
	return err == nil
}

// A parcel is what the loop gets to own, such as a socket.
type parcel struct {
	loop *Loop
	f    func() // takes it, on the loop
	drop func() // gets rid of it
}

// hand posts f, which takes something over. It reports false if the loop is closed. If that
// happens later, and before f is called, drop is called instead.
func (l *Loop) hand(f, drop func()) bool {
	p := &parcel{l, f, drop}
	l.mu.Lock()
	if l.state == closed {
		l.mu.Unlock()
		return false
	}
	if l.parcels == nil {
		l.parcels = map[*parcel]struct{}{}
	}
	l.parcels[p] = struct{}{}
	l.mu.Unlock()
	l.send(p.take)
	return true
}

func (p *parcel) take() {
	p.loop.mu.Lock()
	delete(p.loop.parcels, p)
	p.loop.mu.Unlock()
	p.f()
}

// dropParcels gets rid of what nobody will take.
func (l *Loop) dropParcels() {
	l.mu.Lock()
	dropped := l.parcels
	l.parcels = nil
	l.mu.Unlock()
	for p := range dropped {
		p.drop()
	}
}

// Call calls f on the loop and returns its results. Any goroutine but the loop's may call
// it. It blocks until f has returned, ctx ends or the loop is closed, and returns the
// cause of ctx or [ErrClosed] in the latter cases. An f that has not begun by then is not
// called. A panic of f is raised in the caller. Call panics in a callback, where it would
// wait for itself. Python: run_coroutine_threadsafe.
func Call[T any](ctx context.Context, l *Loop, f func() (T, error)) (T, error) {
	if f == nil {
		panic("ioloop: Call of a nil function")
	}
	if l.isRunner() {
		panic("ioloop: Call by a callback, which would wait for itself")
	}
	c := &call[T]{f: f, done: make(chan struct{})}
	if err := l.Post(ctx, c.run); err != nil {
		return c.none, err
	}
	closing := l.closing
	for {
		select {
		case <-c.done:
			c.caught.Raise()
			return c.value, c.err
		case <-closing:
			if c.state.CompareAndSwap(callWaits, callLeft) {
				return c.none, ErrClosed
			}
			closing = nil // it runs already
		case <-ctx.Done():
			if c.state.CompareAndSwap(callWaits, callLeft) || c.state.CompareAndSwap(callRuns, callLeft) {
				return c.none, context.Cause(ctx)
			}
			<-c.done // it has ended at the same time
		}
	}
}

// A call is a function that a goroutine waits for.
type call[T any] struct {
	f      func() (T, error)
	state  atomic.Uint32
	value  T
	err    error
	caught *panics.Caught
	done   chan struct{}
	none   T
}

// The states of a call.
const (
	callWaits = iota
	callRuns
	callEnded
	callLeft // the caller does not wait any more
)

// run calls the function on the loop. A panic for which no caller waits is the loop's.
func (c *call[T]) run() {
	if !c.state.CompareAndSwap(callWaits, callRuns) {
		return
	}
	end := func(caught *panics.Caught) {
		c.caught = caught
		if c.state.CompareAndSwap(callRuns, callEnded) {
			close(c.done)
		} else {
			caught.RaisePanic()
		}
	}
	end(panics.Try(func() { c.value, c.err = c.f() }, end))
}

// Deliver makes the loop call a function with the result of a future, when it has ended.
// Any goroutine may call it. It does not block. The function is not called if the loop is
// closed before. Python: run_in_executor is [concurrent.Submit] and Deliver.
func Deliver[T any](l *Loop, future *concurrent.Future[T], call func(T, error)) {
	if call == nil {
		panic("ioloop: Deliver to a nil function")
	}
	future.OnDone(func() {
		l.send(func() { call(future.Result(context.Background())) })
	})
}
