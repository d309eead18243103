package ws

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// Writer returns a writer of a message whose size need not be known. It blocks until other
// messages are sent, and no other one is sent until the writer's Close, which must be called.
// What is written goes into a buffer of 16 KiB. A message that does not fit is sent in several
// frames, between which pings and pongs go.
//
// ctx is for all of the message. When it ends after a part of the message was sent, the
// connection is closed, as it is for [Conn.Write]. After an error the writer's methods return
// the same error, and other messages may be sent.
func (c *Conn) Writer(ctx context.Context, kind Kind) (io.WriteCloser, error) {
	kind.must("Writer")
	if err := c.lockFrame(ctx, nil, false); err != nil {
		return nil, err
	}
	defer c.unlockFrame()
	w := &writer{c: c, ctx: ctx, op: ws.OpCode(kind), done: make(chan struct{})}
	c.out.writer.Store(w)
	return w, nil
}

// A writer writes one message.
type writer struct {
	c      *Conn
	ctx    context.Context
	op     ws.OpCode // of the next frame
	packed bool
	begun  bool // a frame was sent
	buf    []byte
	err    error

	done     chan struct{} // closed when others need not wait any more
	released atomic.Bool
}

// release ends the waiting of others: the message is over, or the connection.
func (w *writer) release() {
	if w.released.CompareAndSwap(false, true) {
		close(w.done)
	}
}

var errWriterClosed = errors.New("ws: Write after Close of a Writer")

func (w *writer) Write(p []byte) (n int, err error) {
	for len(p) > 0 && w.err == nil {
		if len(w.buf) == 0 && len(p) >= bufferSize && !w.packs(len(p)) {
			w.send(p, false)
			if w.err == nil {
				n += len(p)
			}
			return n, w.err
		}
		if w.buf == nil {
			w.buf = grow(nil, bufferSize)
		}
		m := min(len(p), cap(w.buf)-len(w.buf))
		w.buf = append(w.buf, p[:m]...)
		if p = p[m:]; len(w.buf) == cap(w.buf) && len(p) > 0 {
			w.send(w.buf, false)
			w.buf = w.buf[:0]
		}
		if w.err == nil {
			n += m
		}
	}
	return n, w.err
}

// Close sends the end of the message.
func (w *writer) Close() error {
	if w.err == nil {
		w.send(w.buf, true)
	}
	if w.err == nil {
		w.over(errWriterClosed)
		return nil
	}
	if w.err == errWriterClosed {
		return nil
	}
	return w.err
}

// packs reports whether a message whose first frame has n bytes is compressed.
func (w *writer) packs(n int) bool {
	if !w.begun {
		w.packed = w.c.bits > 0 && n >= w.c.options.CompressFrom
	}
	return w.packed
}

// send sends a frame.
func (w *writer) send(p []byte, last bool) {
	f := outgoing{op: w.op, fin: last, data: p}
	if w.packs(len(p)) {
		// Every frame is compressed by itself, so that no compressor is held meanwhile.
		packed, err := deflate.Append(w.ctx, grow(nil, packedLimit(len(p))), p, w.c.bits, last)
		if err != nil {
			w.fail(err)
			return
		}
		defer recycle(packed)
		f.data, f.packed = packed, !w.begun
	}
	if err := w.c.sendFrame(w.ctx, w, f); err != nil {
		w.fail(err)
		return
	}
	w.op, w.begun = ws.OpContinuation, true
}

// fail ends the message before its time. The connection ends with it if a part was sent.
func (w *writer) fail(err error) {
	if w.begun {
		err = w.c.end(&halfError{err})
	}
	w.over(err)
}

// over lets other messages be sent.
func (w *writer) over(err error) {
	w.err = err
	recycle(w.buf)
	w.buf = nil
	w.c.out.writer.Store(nil)
	w.release()
}
