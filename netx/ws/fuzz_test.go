package ws

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/fanfold/fanfold/netx/ws/internal/deflate"
)

// A memoryConn is a connection whose peer has sent a stream and ended it. Bytes come in
// pieces; what is sent is counted.
type memoryConn struct {
	stream []byte
	piece  int
	sent   bytes.Buffer
}

func (m *memoryConn) Read(p []byte) (int, error) {
	if len(m.stream) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), m.piece)], m.stream)
	m.stream = m.stream[n:]
	return n, nil
}

func (m *memoryConn) Write(p []byte) (int, error)    { return m.sent.Write(p) }
func (*memoryConn) Close() error                     { return nil }
func (*memoryConn) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (*memoryConn) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (*memoryConn) SetDeadline(time.Time) error      { return nil }
func (*memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (*memoryConn) SetWriteDeadline(time.Time) error { return nil }

const fuzzLimit = 1000

// outcomes reads a stream and returns the messages and the last error, one a line.
func outcomes(t *testing.T, client bool, bits int, stream []byte, piece int, reader bool) string {
	o := Options{MaxMessage: fuzzLimit}.filled("fuzz")
	c := newConn(&memoryConn{stream: stream, piece: piece}, client, &o, bits, nil)
	read := rawReads["Read"]
	if reader {
		read = rawReads["Reader"]
	}
	var b strings.Builder
	for {
		msg, err := read(t.Context(), c)
		if err != nil {
			return b.String() + outcome(err)
		}
		fmt.Fprintf(&b, "%v %q\n", msg.Kind, msg.Data)
	}
}

// naive says what outcomes has to: it is a reader that is simple, and needs all of the stream
// at once.
func naive(client bool, bits int, stream []byte) string {
	var b strings.Builder
	lost := fmt.Sprint(int(Abnormal))
	r := bytes.NewReader(stream)
	state := ws.StateServerSide
	if client {
		state = ws.StateClientSide
	}
	var kind ws.OpCode
	var packed bool
	var message []byte
	for {
		begin := len(stream) - r.Len()
		h, err := ws.ReadHeader(r)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return b.String() + lost
		}
		size := len(stream) - r.Len() - begin
		rsv := h.Rsv
		if h.Rsv == 4 && bits > 0 && (h.OpCode == ws.OpText || h.OpCode == ws.OpBinary) {
			h.Rsv = 0
		}
		shortest := ws.HeaderSize(ws.Header{Length: h.Length, Masked: h.Masked})
		if err != nil || ws.CheckHeader(h, state) != nil || size != shortest {
			return b.String() + fails(ProtocolError)
		}
		if !h.OpCode.IsControl() {
			if h.OpCode != ws.OpContinuation {
				kind, packed, message = h.OpCode, rsv != 0, nil
			}
			limit := fuzzLimit
			if packed {
				limit = packedLimit(limit)
			}
			if h.Length > int64(limit-len(message)) {
				return b.String() + fails(TooLarge)
			}
		}
		payload := make([]byte, min(h.Length, int64(r.Len())))
		io.ReadFull(r, payload)
		if h.Masked {
			ws.Cipher(payload, h.Mask, 0)
		}
		cut := int64(len(payload)) < h.Length
		switch {
		case h.OpCode.IsControl() && cut:
			return b.String() + lost
		case h.OpCode == ws.OpClose:
			code, reason := NoStatus, ""
			if len(payload) > 0 {
				if len(payload) == 1 {
					return b.String() + fails(ProtocolError)
				}
				code, reason = Code(binary.BigEndian.Uint16(payload)), string(payload[2:])
				if !code.sendable() {
					return b.String() + fails(ProtocolError)
				}
				if !utf8.ValidString(reason) {
					return b.String() + fails(InvalidData)
				}
			}
			return b.String() + outcome(&CloseError{code, reason, true})
		case h.OpCode.IsControl():
			continue
		}
		message = append(message, payload...)
		if kind == ws.OpText && !packed && !prefixOfText(message, !cut && h.Fin) {
			return b.String() + fails(InvalidData)
		}
		if cut {
			return b.String() + lost
		}
		state = state.Set(ws.StateFragmented)
		if !h.Fin {
			continue
		}
		state = state.Clear(ws.StateFragmented)
		if packed {
			message, err = deflate.Inflate(nil, bytes.NewReader(message), fuzzLimit, func(b []byte) []byte { return grow(b, cap(b)+1) })
			if err == deflate.ErrLimit {
				return b.String() + fails(TooLarge)
			}
			if err != nil || kind == ws.OpText && !utf8.Valid(message) {
				return b.String() + fails(InvalidData)
			}
		}
		fmt.Fprintf(&b, "%v %q\n", Kind(kind), message)
	}
}

// prefixOfText reports whether p is UTF-8, or can become it.
func prefixOfText(p []byte, all bool) bool {
	for len(p) > 0 {
		if !all && !utf8.FullRune(p) {
			return true
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			return false
		}
		p = p[n:]
	}
	return true
}

// fuzz compares a Conn, which gets the stream in pieces of several sizes, with the naive
// reader.
func fuzz(f *testing.F, client bool) {
	for _, row := range rawRows {
		stream := encoded(row.in, !client)
		if len(stream) < 500 {
			f.Add(stream, strings.HasPrefix(row.section, "z"))
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte, packs bool) {
		bits := 0
		if packs {
			bits = deflate.MaxBits
		}
		want := naive(client, bits, stream)
		for _, piece := range []int{1, 3, 1 << 20} {
			got := outcomes(t, client, bits, bytes.Clone(stream), piece, false)
			if got != want {
				t.Fatalf("in pieces of %d:\n%s\nwant\n%s", piece, got, want)
			}
		}
		// A Reader fails before the end of a compressed message, perhaps for another reason.
		if got := outcomes(t, client, bits, bytes.Clone(stream), 7, true); got != want && !packs {
			t.Fatalf("by Reader:\n%s\nwant\n%s", got, want)
		}
	})
}

func FuzzServer(f *testing.F) { fuzz(f, false) }
func FuzzClient(f *testing.F) { fuzz(f, true) }
