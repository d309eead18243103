package ws

import (
	"context"
	"sync"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// A Prepared is a message that is encoded once and sent to many. It is compressed once, too,
// when it is first sent to a connection that compresses. Make one with [Prepare]. Any number
// of goroutines may use it.
type Prepared struct {
	kind  Kind
	frame []byte // not compressed, with the header that a server sends
	data  []byte // the part of frame behind the header

	mu     sync.Mutex
	packed map[int][]byte // frames by the bits of the window
}

// Prepare returns a message for [Conn.WritePrepared] and [Hub.Broadcast]. It copies data.
func Prepare(kind Kind, data []byte) *Prepared {
	kind.must("Prepare")
	frame := make([]byte, 0, ws.MaxHeaderSize+len(data))
	frame = appendHeader(frame, outgoing{op: ws.OpCode(kind), fin: true, data: data}, false)
	head := len(frame)
	frame = append(frame, data...)
	return &Prepared{kind: kind, frame: frame, data: frame[head:]}
}

// Len returns the size of the message in bytes, before compression.
func (p *Prepared) Len() int { return len(p.data) }

// WritePrepared sends a message, as [Conn.Write] does. A client masks it, and therefore
// copies it, each time.
func (c *Conn) WritePrepared(ctx context.Context, p *Prepared) error {
	if c.client {
		return c.Write(ctx, p.kind, p.data)
	}
	frame, err := p.encoded(ctx, c)
	if err != nil {
		return err
	}
	return c.sendFrame(ctx, nil, outgoing{data: frame, encoded: true})
}

// writeBatch sends messages, those that are small by one call of the system.
func (c *Conn) writeBatch(ctx context.Context, all []*Prepared) error {
	if len(all) == 1 || c.client {
		for _, p := range all {
			if err := c.WritePrepared(ctx, p); err != nil {
				return err
			}
		}
		return nil
	}
	space := buffers.Get().(*buffer)
	defer buffers.Put(space)
	out := space[:0]
	flush := func() (err error) {
		if len(out) > 0 {
			err = c.sendFrame(ctx, nil, outgoing{data: out, encoded: true})
			out = out[:0]
		}
		return err
	}
	for _, p := range all {
		frame, err := p.encoded(ctx, c)
		if err == nil && len(out)+len(frame) > len(space) {
			err = flush()
		}
		switch {
		case err != nil:
			return err
		case len(frame) <= len(space):
			out = append(out, frame...)
		default:
			if err := c.sendFrame(ctx, nil, outgoing{data: frame, encoded: true}); err != nil {
				return err
			}
		}
	}
	return flush()
}

// encoded returns the frame for c.
func (p *Prepared) encoded(ctx context.Context, c *Conn) ([]byte, error) {
	if c.bits == 0 || len(p.data) < c.options.CompressFrom {
		return p.frame, nil
	}
	p.mu.Lock()
	frame := p.packed[c.bits]
	p.mu.Unlock()
	if frame != nil {
		return frame, nil
	}
	// Several goroutines may come here at once. They do the same work, and none waits for
	// another one.
	data, err := deflate.Append(ctx, nil, p.data, c.bits, true)
	if err != nil {
		return nil, err
	}
	frame = make([]byte, 0, ws.MaxHeaderSize+len(data))
	frame = appendHeader(frame, outgoing{op: ws.OpCode(p.kind), fin: true, packed: true, data: data}, false)
	frame = append(frame, data...)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.packed == nil {
		p.packed = map[int][]byte{}
	}
	p.packed[c.bits] = frame
	return frame, nil
}
