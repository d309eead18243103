package conn

import (
	"fmt"
	"io"
	"math"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// An inbound is what has come over a connection and was not taken yet. It outlives calls
// that were canceled in the middle of a message.
type inbound struct {
	space []byte // what the system fills, of length recvBuffer
	buf   []byte // the part of it that was received and not looked at yet
	head  []byte // of the message being received, as far as it is known
	kind  messageKind
	size  int          // of the message being received
	body  []byte       // of the message being received, as far as it has come
	files fds.Arrivals // those of messages that were not taken yet
}

const (
	recvBuffer = 16 << 10

	// firstBody is how much memory a body gets before any of it has come. It becomes four
	// times as much when it is full, and so 1 MiB, a common size, and some more for what is
	// encoded of it.
	firstBody = (1<<20 + 4<<10) / 64
)

// complete reads until there is a whole message in c.in.body. It can be called again
// after an error.
func (c *Connection) complete() error {
	in := &c.in
	for in.kind == noMessage {
		kind, size, needs := parseHead(in.head)
		if kind == noMessage {
			if err := c.fill(); err != nil {
				return err
			}
			n := min(len(in.buf), needs-len(in.head))
			in.head, in.buf = append(in.head, in.buf[:n]...), in.buf[n:]
			continue
		}
		limit := uint64(c.limit)
		if kind == filesMessage {
			limit = maxFileName
		}
		if size > limit {
			c.end()
			return &TooLargeError{Func: "Connection", What: "message", Size: int(min(size, math.MaxInt)), Limit: int(limit)}
		}
		in.kind, in.size = kind, int(size)
		in.head, in.body = in.head[:0], make([]byte, 0, min(in.size, firstBody))
	}
	for len(in.body) < in.size {
		rest := in.size - len(in.body)
		if len(in.buf) == 0 && rest >= recvBuffer {
			if err := c.readBody(rest); err != nil {
				return err
			}
			continue
		}
		if err := c.fill(); err != nil {
			return err
		}
		n := min(len(in.buf), rest)
		in.body, in.buf = append(in.body, in.buf[:n]...), in.buf[n:]
	}
	return nil
}

// fill reads into c.in.buf if nothing is there.
func (c *Connection) fill() error {
	in := &c.in
	if len(in.buf) > 0 {
		return nil
	}
	if in.space == nil {
		in.space = make([]byte, recvBuffer)
	}
	n, err := c.read(in.space)
	in.buf = in.space[:n]
	return err
}

// readBody reads some of the next rest bytes straight into c.in.body.
func (c *Connection) readBody(rest int) error {
	in := &c.in
	if len(in.body) == cap(in.body) {
		grown := make([]byte, len(in.body), len(in.body)+min(rest, max(3*len(in.body), firstBody)))
		copy(grown, in.body)
		in.body = grown
	}
	n, err := c.read(in.body[len(in.body):min(cap(in.body), len(in.body)+rest)])
	in.body = in.body[:len(in.body)+n]
	return err
}

// read reads at least a byte. Files that come along are put with the others.
func (c *Connection) read(p []byte) (n int, err error) {
	if !c.socket {
		return c.file.Read(p)
	}
	if n, err = fds.Read(c.raw, p, &c.in.files, 4); err == fds.ErrTooMany {
		c.end()
		err = fmt.Errorf("conn: %w", err)
	}
	return n, err
}

// begun reports whether part of a message has come.
func (in *inbound) begun() bool { return len(in.buf) > 0 || in.kind != noMessage }

// untouched reports whether nothing has come that was not taken.
func (in *inbound) untouched() bool {
	return !in.begun() && len(in.head) == 0 && len(in.files) == 0
}

// arrived reports whether the next message is in buf, so that nothing is read for it. A
// message that came in pieces may be there and not be recognized.
func (in *inbound) arrived() bool {
	if len(in.head) > 0 || in.kind != noMessage {
		return false
	}
	kind, size, needs := parseHead(in.buf)
	return kind != noMessage && size <= uint64(len(in.buf)-needs)
}

// take returns the message that complete has read.
func (in *inbound) take() (data []byte, kind messageKind) {
	data, kind = in.body, in.kind
	in.kind, in.size, in.body = noMessage, 0, nil
	return data, kind
}

// midMessage tells an end within a message from one between messages.
func (in *inbound) midMessage(err error) error {
	if err == io.EOF && (len(in.head) > 0 || in.kind != noMessage) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// drop forgets what has come, and closes its files.
func (in *inbound) drop() {
	in.files.Close()
	in.buf, in.head, in.kind, in.size, in.body = nil, nil, noMessage, 0, nil
}
