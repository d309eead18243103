package ws

import (
	"context"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// Write sends a message. It blocks until the system has taken all of it, which it does not
// while the other side takes nothing. Any number of goroutines may write. Messages of one
// goroutine arrive in order. Write does not keep data, and does not check that a text is
// UTF-8: the other side closes the connection over one that is not.
//
// When ctx ends while Write waits for its turn, or before the system has taken a byte,
// nothing was sent and the error is the cause of ctx. When ctx ends later than that, the
// rest of the message cannot be told from the next one: Write closes the connection, and the
// error matches [ErrClosed] and the cause. The other errors are those of a closed
// connection, or of the one below.
//
// A message of CompressFrom bytes or more is compressed, if both sides want that. A message
// of up to 16 KiB is one call of the system.
func (c *Conn) Write(ctx context.Context, kind Kind, data []byte) error {
	kind.must("Write")
	f := outgoing{op: ws.OpCode(kind), fin: true, data: data}
	if c.bits > 0 && len(data) >= c.options.CompressFrom {
		space := grow(nil, packedLimit(len(data)))
		packed, err := deflate.Append(ctx, space, data, c.bits, true)
		if err != nil {
			return err
		}
		defer recycle(packed)
		f.data, f.packed = packed, true
	}
	return c.sendFrame(ctx, nil, f)
}
