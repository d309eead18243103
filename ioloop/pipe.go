package ioloop

import (
	"errors"
	"io"
	"net"
	"sync"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Pipe makes a connection in memory and calls open for its handler, on the loop. It
// returns the other end, for goroutines: a net.Conn with deadlines and CloseWrite. Each
// direction holds 64 KiB. Waiting is durable in testing/synctest. Pipe does not block,
// and any goroutine may call it. When open refuses, or the loop is closed, the end that
// it has returned is closed. Python: a protocol's test transport.
func (l *Loop) Pipe(open func(*Conn) *Handler, options ...ConnOptions) net.Conn {
	if open == nil {
		panic("ioloop: Pipe with a nil function")
	}
	o := connOptions("Pipe", options)
	m := &memory{}
	m.changed = make(chan struct{})
	near := &memoryLink{memory: m, loop: l}
	m.near = near
	drop := func() { m.end(ErrClosed) }
	if !l.hand(func() { l.start(near, o, nil, open) }, drop) {
		drop()
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

func (k *memoryLink) bind(c *Conn) { k.conn = c }

func (k *memoryLink) read(p []byte) ([]byte, error) {
	m := k.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.up.take(p)
	switch {
	case n > 0:
		m.change()
		return p[:n], nil
	case m.up.shut || m.gone:
		return nil, io.EOF
	}
	return nil, errAgain
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

func (k *memoryLink) halves() bool         { return true }
func (k *memoryLink) fd() int              { return -1 }
func (k *memoryLink) localAddr() net.Addr  { return memoryAddr{} }
func (k *memoryLink) remoteAddr() net.Addr { return memoryAddr{} }
func (k *memoryLink) settle()              {}
func (k *memoryLink) unsettle()            {}
func (k *memoryLink) detach() (net.Conn, []byte, error) {
	return nil, nil, errors.ErrUnsupported
}

// errReset is what a goroutine gets when the connection was aborted.
var errReset = errors.New("ioloop: connection reset")

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
