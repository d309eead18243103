package ioloop

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Pipe makes a connection in memory and calls open for its handler, on the loop. It
// returns the other end, for goroutines: a net.Conn with deadlines and CloseWrite. Each direction
// holds 64 KiB. Waiting is durable in testing/synctest. Pipe does not block, and any
// goroutine may call it. When open refuses, or the loop is closed, the end that it has
// returned is closed. Python: a protocol's test transport.
func (l *Loop) Pipe(open func(*Conn) *Handler, options ...ConnOptions) net.Conn {
	if open == nil {
		panic("ioloop: Pipe with a nil function")
	}
	o := connOptions("Pipe", options)
	m := &memory{}
	m.changed = make(chan struct{})
	near := &memoryLink{memory: m, loop: l}
	m.near = near
	if !l.send(func() { l.start(near, o, nil, func(c *Conn) { near.conn = c }, open) }) {
		m.end(ErrClosed)
	}
	return &memoryEnd{memory: m, read: newDeadline(), write: newDeadline()}
}

// memorySize is what a direction holds.
const memorySize = 64 << 10

// A memory is both directions of a connection in memory.
type memory struct {
	near *memoryLink

	mu      sync.Mutex
	up      flow          // to the loop; guarded by mu, as is the rest
	down    flow          // to the goroutine
	changed chan struct{} // closed and replaced when the goroutine may go on
	gone    bool          // the goroutine's end is closed
	broken  error         // the loop's end is closed
}

// A flow is one direction.
type flow struct {
	bytes []byte
	shut  bool // no more will come
}

// put appends what there is room for.
func (f *flow) put(p []byte) int {
	n := min(len(p), memorySize-len(f.bytes))
	f.bytes = append(f.bytes, p[:n]...)
	return n
}

// take removes what p has room for.
func (f *flow) take(p []byte) int {
	n := copy(p, f.bytes)
	if f.bytes = f.bytes[n:]; len(f.bytes) == 0 {
		f.bytes = nil
	}
	return n
}

// change lets the goroutine look again. The caller holds the lock.
func (m *memory) change() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// end breaks the connection from the loop's side.
func (m *memory) end(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken == nil {
		m.broken = err
		m.change()
	}
}

// A memoryLink is the loop's end.
type memoryLink struct {
	memory *memory
	loop   *Loop
	conn   *Conn
	wanted poll.Events
	posted bool // look is on its way; guarded by the memory's lock
}

func (k *memoryLink) read(p []byte) (int, error) {
	m := k.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.up.take(p)
	switch {
	case n > 0:
		m.change()
		return n, nil
	case m.up.shut || m.gone:
		return 0, io.EOF
	}
	return 0, errAgain
}

func (k *memoryLink) write(p []byte) (int, error) {
	m := k.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return 0, io.ErrClosedPipe
	}
	n := m.down.put(p)
	m.change()
	if n < len(p) {
		return n, errAgain
	}
	return n, nil
}

func (k *memoryLink) want(want poll.Events) error {
	k.wanted = want
	k.repeat()
	return nil
}

// repeat looks in the next turn if something that is wanted is so.
func (k *memoryLink) repeat() {
	m := k.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if !k.posted && k.is()&k.wanted != 0 {
		k.posted = true
		k.loop.soon = append(k.loop.soon, k.look)
	}
}

// is returns what the link is. The caller holds the memory's lock.
func (k *memoryLink) is() (is poll.Events) {
	m := k.memory
	if len(m.up.bytes) > 0 || m.up.shut || m.gone {
		is |= poll.Readable
	}
	if len(m.down.bytes) < memorySize || m.gone {
		is |= poll.Writable
	}
	return is
}

// stir tells the loop that the goroutine has changed something. The caller holds the
// memory's lock.
func (k *memoryLink) stir() {
	if !k.posted {
		k.posted = k.loop.send(k.look)
	}
}

// look is called on the loop.
func (k *memoryLink) look() {
	m := k.memory
	m.mu.Lock()
	k.posted = false
	is := k.is()
	m.mu.Unlock()
	if is &= k.wanted; is != 0 {
		k.conn.ready(is)
		k.repeat()
	}
}

func (k *memoryLink) closeWrite() error {
	m := k.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down.shut = true
	m.change()
	return nil
}

func (k *memoryLink) close(reset bool) {
	err := io.EOF
	if reset {
		err = errReset
	}
	k.memory.end(err)
}

func (k *memoryLink) halves() bool              { return true }
func (k *memoryLink) fd() int                   { return -1 }
func (k *memoryLink) localAddr() net.Addr       { return memoryAddr{} }
func (k *memoryLink) remoteAddr() net.Addr      { return memoryAddr{} }
func (k *memoryLink) detach() (net.Conn, error) { return nil, errors.ErrUnsupported }

// errReset is what a goroutine gets when the connection was aborted.
var errReset = errors.New("ioloop: connection reset")

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }

// A memoryEnd is the goroutine's end.
type memoryEnd struct {
	memory      *memory
	read, write *deadline
}

// Read blocks until there are bytes. It returns io.EOF after the last.
func (e *memoryEnd) Read(p []byte) (int, error) {
	m := e.memory
	return e.attempt(e.read, len(p) == 0, func() (int, error, bool) {
		n := m.down.take(p)
		switch {
		case n > 0:
			m.near.stir()
			return n, nil, true
		case m.down.shut:
			return 0, io.EOF, true
		case m.broken != nil:
			return 0, m.broken, true
		}
		return 0, nil, false
	})
}

// Write blocks until all bytes have been taken.
func (e *memoryEnd) Write(p []byte) (sent int, err error) {
	m := e.memory
	return e.attempt(e.write, len(p) == 0, func() (int, error, bool) {
		switch {
		case m.up.shut:
			return sent, io.ErrClosedPipe, true
		case m.broken == io.EOF:
			return sent, io.ErrClosedPipe, true
		case m.broken != nil:
			return sent, m.broken, true
		}
		if n := m.up.put(p[sent:]); n > 0 {
			sent += n
			m.near.stir()
		}
		return sent, nil, sent == len(p)
	})
}

// attempt calls try, with the lock held, until it is done. The number that try returned
// last stands when the deadline passes or the end is closed meanwhile.
func (e *memoryEnd) attempt(d *deadline, once bool, try func() (int, error, bool)) (n int, err error) {
	m := e.memory
	for {
		passed := d.passed()
		select {
		case <-passed:
			return n, os.ErrDeadlineExceeded
		default:
		}
		m.mu.Lock()
		if m.gone {
			m.mu.Unlock()
			return n, net.ErrClosed
		}
		var done bool
		n, err, done = try()
		changed := m.changed
		m.mu.Unlock()
		if done || once {
			return n, err
		}
		select {
		case <-changed:
		case <-passed:
		}
	}
}

// CloseWrite ends this direction. The other one goes on.
func (e *memoryEnd) CloseWrite() error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	m.up.shut = true
	m.near.stir()
	return nil
}

// Close ends both directions. Read and Write return net.ErrClosed, also those that wait.
func (e *memoryEnd) Close() error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	m.gone = true
	m.change()
	m.near.stir()
	e.read.set(time.Time{})
	e.write.set(time.Time{})
	return nil
}

func (e *memoryEnd) LocalAddr() net.Addr  { return memoryAddr{} }
func (e *memoryEnd) RemoteAddr() net.Addr { return memoryAddr{} }
func (e *memoryEnd) SetDeadline(t time.Time) error {
	return errors.Join(e.SetReadDeadline(t), e.SetWriteDeadline(t))
}
func (e *memoryEnd) SetReadDeadline(t time.Time) error  { return e.setDeadline(e.read, t) }
func (e *memoryEnd) SetWriteDeadline(t time.Time) error { return e.setDeadline(e.write, t) }

func (e *memoryEnd) setDeadline(d *deadline, t time.Time) error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	d.set(t)
	m.change() // those that wait take the new one
	return nil
}
