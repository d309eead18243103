package conn

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/fanfold/fanfold/internal/fresh"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// An inbound is what has come over a connection and was not taken yet. It outlives calls
// that were canceled in the middle of a message.
type inbound struct {
	space *piece // what the system fills; nil if buf is empty
	buf   []byte // the part of it that was received and not looked at yet
	head  []byte // of the message being received, as far as it is known
	kind  messageKind
	size  int          // of the message being received
	pile  pile         // what has come of its body, if that did not come at once
	files fds.Arrivals // those of messages that were not taken yet
}

// readAhead is how much of a body has to be missing for being read by itself. What is less
// comes with the beginning of the next message, in one read.
const readAhead = 16 << 10

// complete reads until there is a whole message for c.in.take. It can be called again
// after an error, which is fds.ErrNotNow if the rest has not come.
//
// Nothing is allocated for a length, which is only a claim: what has come lies in pieces
// that were used before, and moves into memory of its own when all of it is there.
func (c *Connection) complete(ctx context.Context) error {
	in := &c.in
	for in.kind == noMessage {
		kind, size, needs := parseHead(in.head)
		if kind == noMessage {
			if err := c.fill(ctx); err != nil {
				return err
			}
			n := min(len(in.buf), needs-len(in.head))
			in.head = append(in.head, in.buf[:n]...)
			in.used(n)
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
		in.kind, in.size, in.head = kind, int(size), in.head[:0]
	}
	for {
		switch missing := in.size - in.pile.size; {
		case len(in.buf) >= missing:
			return nil
		case len(in.buf) > 0:
			in.stack()
		case missing < readAhead:
			if err := c.fill(ctx); err != nil {
				return err
			}
		default:
			room := in.pile.room()
			n, err := c.read(ctx, room[:min(len(room), missing)])
			if in.pile.grown(n); err != nil {
				return err
			}
		}
	}
}

// stack moves all of buf, which belongs to one body, to its pile.
func (in *inbound) stack() {
	if len(in.pile.parts) > 0 {
		in.pile.add(in.buf)
		in.used(len(in.buf))
		return
	}
	in.pile.own(in.space, in.buf)
	in.space, in.buf = nil, nil
}

// fill reads into c.in.buf if nothing is there.
func (c *Connection) fill(ctx context.Context) error {
	in := &c.in
	if len(in.buf) > 0 {
		return nil
	}
	space := pieces.Get().(*piece)
	n, err := c.read(ctx, space[:])
	if n == 0 {
		pieces.Put(space)
		return err
	}
	in.space, in.buf = space, space[:n]
	return err
}

// used takes n bytes off buf.
func (in *inbound) used(n int) {
	if in.buf = in.buf[n:]; len(in.buf) == 0 && in.space != nil {
		pieces.Put(in.space)
		in.space, in.buf = nil, nil
	}
}

// read reads at least a byte. Files that come along are put with the others.
func (c *Connection) read(ctx context.Context, p []byte) (n int, err error) {
	if c.in.pile.size > 0 && ctx.Err() != nil { // which is looked at between the parts of what is long
		return 0, context.Cause(ctx)
	}
	if n, err = c.flow.Read(p, &c.in.files, 4); err == fds.ErrTooMany {
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

// take returns the message that complete has read, in memory of its own.
func (in *inbound) take() (data []byte, kind messageKind) {
	rest := in.buf[:in.size-in.pile.size]
	if len(in.pile.parts) == 0 {
		data = fresh.Clone(rest)
	} else {
		in.pile.parts = append(in.pile.parts, rest)
		data = in.pile.whole()
	}
	in.used(len(rest))
	in.pile.empty()
	kind = in.kind
	in.kind, in.size = noMessage, 0
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
	in.used(len(in.buf))
	in.pile.empty()
	in.head, in.kind, in.size = nil, noMessage, 0
}
