package ws

import (
	"context"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/text"
)

// headerSize returns how long a header is whose second byte is b.
func headerSize(b byte) int {
	n := 2
	switch b & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if b&0x80 != 0 {
		n += 4
	}
	return n
}

// header receives the header of the next frame, of any kind, and checks it. The payload of
// a control frame is in the buffer, too. A call that is canceled takes nothing.
func (c *Conn) header(ctx context.Context) (ws.Header, error) {
	in := &c.in
	if err := c.need(ctx, 2, 2); err != nil {
		return ws.Header{}, err
	}
	form := in.buf[in.r+1]
	size := headerSize(form)
	if err := c.need(ctx, size, size); err != nil {
		return ws.Header{}, err
	}
	h, err := ws.ReadHeaderBuffer(in, in.scratch[:])
	if err != nil {
		err = protocolError(err.Error())
	} else {
		err = c.checkHeader(h, form&0x7f)
	}
	if err != nil {
		return h, c.fail(err)
	}
	if h.OpCode.IsControl() && in.w-in.r < int(h.Length) {
		in.r -= size
		if err := c.need(ctx, size+int(h.Length), size+int(h.Length)); err != nil {
			return h, err
		}
		in.r += size
	}
	return h, nil
}

// checkHeader returns what is wrong with a header, whose length had the given form.
func (c *Conn) checkHeader(h ws.Header, form byte) error {
	state := ws.StateServerSide
	if c.client {
		state = ws.StateClientSide
	}
	if c.in.kind != 0 {
		state = state.Set(ws.StateFragmented)
	}
	if c.bits > 0 {
		state = state.Set(ws.StateExtended)
	}
	if err := ws.CheckHeader(h, state); err != nil {
		return protocolError(err.Error())
	}
	switch {
	case h.Rsv != 0 && (h.Rsv != ws.Rsv(true, false, false) || h.OpCode != ws.OpText && h.OpCode != ws.OpBinary):
		return protocolError("reserved bits that permessage-deflate does not use there")
	case form == 126 && h.Length < 126, form == 127 && h.Length <= 0xffff:
		return protocolError("a length that is not written in the shortest form")
	}
	return nil
}

// nextFrame receives the header of the next frame with data. It deals with control frames
// before it.
func (c *Conn) nextFrame(ctx context.Context) error {
	in := &c.in
	for {
		h, err := c.header(ctx)
		if err != nil {
			return err
		}
		if h.OpCode.IsControl() {
			if err := c.control(h); err != nil {
				return err
			}
			continue
		}
		limit := c.options.MaxMessage
		if in.packed = in.packed && in.kind != 0 || h.Rsv != 0; in.packed {
			limit = packedLimit(limit)
		}
		if in.kind == 0 {
			in.kind, in.size = Kind(h.OpCode), 0
			in.number++
			in.text = text.Checker{}
		}
		if h.Length > int64(limit-in.size) {
			return c.fail(&TooLargeError{Size: sum(in.size, h.Length), Limit: c.options.MaxMessage})
		}
		in.size += int(h.Length)
		in.last, in.rest, in.ready = h.Fin, int(h.Length), 0
		in.mask, in.masked, in.at = h.Mask, h.Masked, 0
		return nil
	}
}

// sum is size and length, or the largest int.
func sum(size int, length int64) int {
	const largest = int(^uint(0) >> 1)
	if length > int64(largest-size) {
		return largest
	}
	return size + int(length)
}

// packedLimit returns how long a compressed message may be before it is inflated. Data that
// cannot be compressed gets longer, by some bytes for each window.
func packedLimit(limit int) int {
	return sum(limit, int64(limit/8+64))
}

// reveal takes the mask off bytes of the frame, and checks them if they are text.
func (in *input) reveal(p []byte) error {
	if in.masked {
		ws.Cipher(p, in.mask, int(in.at))
		in.at = uint8(int(in.at)+len(p)) & 3
	}
	if in.kind == Text && !in.packed && !in.text.Write(p) {
		return errText
	}
	return nil
}

// complete ends a message, all bytes of which have come.
func (in *input) complete() error {
	in.kind = 0
	if !in.text.Complete() {
		return errText
	}
	return nil
}
