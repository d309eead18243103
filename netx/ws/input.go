package ws

import (
	"net"
	"time"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/text"
)

// An input is what has come over a connection and was not taken yet. It outlives calls that
// were canceled in the middle of a frame.
type input struct {
	conn   net.Conn // read from
	direct *direct  // how conn is read without a buffer that waits; nil: as any net.Conn is
	watch  watch
	armed  bool      // the read deadline is not earlier than when something has to be done
	since  time.Time // when the last byte came, or after that a ping was sent
	asked  bool      // a ping was

	buf  *buffer // nil when nothing is in it
	r, w int     // what has come and was not taken is buf[r:w]
	lent bool    // the caller of Read has a message that lies in buf or msg

	scratch [ws.MaxHeaderSize]byte // of a header; of what a connection without direct is waited for with

	kind      Kind   // of the message that has begun; 0: none has
	number    uint64 // of that message, for its Reader
	streaming bool   // a Reader has it
	closing   bool   // what comes is dropped until the other side's close frame
	goodbye   bool   // which has come
	packed    bool   // it is compressed
	last      bool   // the frame is its last one
	size      int    // what its frames have announced so far
	rest      int    // what is missing of the frame's payload
	ready     int    // what of it lies in buf, without its mask, checked
	mask      [4]byte
	masked    bool
	at        uint8 // of the mask
	text      text.Checker
	msg       []byte // what was collected of the message
	taken     int    // of msg, by a Reader
}

// A served is a connection of our own servers. Inside lies one that can be read directly.
type served interface {
	NetConn() net.Conn
	Cause() error // why the server has closed it, if it has
}

// source makes an input read from conn.
func (in *input) source(conn net.Conn) {
	in.conn = conn
	if c, ok := conn.(served); ok {
		conn = c.NetConn()
	}
	if in.direct = newDirect(conn); in.direct != nil {
		in.conn = conn
	}
	in.since = time.Now()
}

// preload makes b the first that has come.
func (in *input) preload(b []byte) {
	if len(b) > 0 {
		in.buf = buffers.Get().(*buffer)
		in.w = copy(in.buf[:], b)
	}
}

// release gives the buffer back when nothing is in it.
func (in *input) release() {
	if in.buf != nil && in.r == in.w {
		if !in.lent {
			buffers.Put(in.buf)
		}
		in.buf, in.r, in.w = nil, 0, 0
	}
}

// reclaim takes back what the caller of Read had.
func (in *input) reclaim() {
	if in.lent {
		in.lent = false
		in.discard()
	}
}

// part makes the message that a caller of Read has that caller's for good, and goes on
// elsewhere.
func (in *input) part() {
	if !in.lent {
		return
	}
	in.lent, in.msg = false, nil
	if old := in.buf; old != nil {
		in.buf = buffers.Get().(*buffer)
		in.w = copy(in.buf[:], old[in.r:in.w])
		in.r = 0
	}
}

// discard drops what was collected of a message.
func (in *input) discard() {
	recycle(in.msg)
	in.msg, in.taken = nil, 0
}

// drop drops everything. The connection has ended.
func (in *input) drop() {
	in.watch.leave(in.conn, setRead)
	in.r, in.w = 0, 0
	in.release()
	if !in.lent {
		in.discard()
	}
	in.msg, in.kind, in.direct = nil, 0, nil
}

// Read gives the bytes of a header to gobwas/ws. They are there.
func (in *input) Read(p []byte) (int, error) {
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	return n, nil
}
