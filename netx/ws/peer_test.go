package ws

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

// A raw is a frame as a peer sends it: right or wrong.
type raw struct {
	first   byte   // FIN, the reserved bits and the opcode
	payload string // before it is masked
	form    int    // of the length: 0 is the shortest, else 7, 16 or 64
	length  uint64 // to announce instead of the payload's
	mask    bool   // wrong: masked by a server, or not masked by a client
}

// First bytes of frames.
const (
	text1   = 0x81
	text0   = 0x01
	bin1    = 0x82
	bin0    = 0x02
	cont1   = 0x80
	cont0   = 0x00
	close1  = 0x88
	ping1   = 0x89
	pong1   = 0x8a
	zipped1 = 0xc1
	zipped0 = 0x41
)

func (f raw) append(b []byte, toServer bool) []byte {
	masked := toServer != f.mask
	length := uint64(len(f.payload))
	if f.length != 0 {
		length = f.length
	}
	var bit byte
	if masked {
		bit = 0x80
	}
	b = append(b, f.first)
	switch {
	case f.form == 64 || f.form == 0 && length > 0xffff:
		b = binary.BigEndian.AppendUint64(append(b, bit|127), length)
	case f.form == 16 || f.form == 0 && length > 125:
		b = binary.BigEndian.AppendUint16(append(b, bit|126), uint16(length))
	default:
		b = append(b, bit|byte(length))
	}
	payload := []byte(f.payload)
	if masked {
		mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
		b = append(b, mask[:]...)
		ws.Cipher(payload, mask, 0)
	}
	return append(b, payload...)
}

// encoded returns the bytes of frames as a peer of one side sends them.
func encoded(frames []raw, toServer bool) (b []byte) {
	for _, f := range frames {
		b = f.append(b, toServer)
	}
	return b
}

// closing is the frame that closes with a code and a reason.
func closing(code Code, reason string) raw {
	return raw{first: close1, payload: string(binary.BigEndian.AppendUint16(nil, uint16(code))) + reason}
}

// received is what a peer has got from a Conn.
type received struct {
	control []string // "ping x", "pong x", "close 1000 x"
	data    []ws.Frame
	err     error // other than the end
}

// frames reads frames of a Conn until it closes, or its close frame comes and the peer
// answers with the end of the connection.
func frames(conn net.Conn, fromClient bool) (got received) {
	for {
		f, err := readFrame(conn)
		if err != nil {
			if err != io.EOF {
				got.err = err
			}
			return got
		}
		if f.Header.Masked != fromClient {
			got.err = errors.New("the mask is wrong")
		}
		f = ws.UnmaskFrameInPlace(f)
		switch f.Header.OpCode {
		case ws.OpPing:
			got.control = append(got.control, "ping "+string(f.Payload))
		case ws.OpPong:
			got.control = append(got.control, "pong "+string(f.Payload))
		case ws.OpClose:
			code, reason := ws.ParseCloseFrameData(f.Payload)
			got.control = append(got.control, "close "+Code(code).String()+" "+reason)
			conn.Close()
			return got
		default:
			got.data = append(got.data, f)
		}
	}
}

// readFrame reads a frame that a Conn has sent.
func readFrame(conn net.Conn) (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(conn); err == nil {
		f.Payload = make([]byte, f.Header.Length)
		_, err = io.ReadFull(conn, f.Payload)
	}
	return f, err
}

// ends returns a Conn of one side, and the connection of its peer.
func ends(client bool, bits int, o Options) (*Conn, net.Conn) {
	o = o.filled("ends")
	ours, theirs := net.Pipe()
	return newConn(ours, client, &o, bits, nil), theirs
}

// pair returns two Conns that are connected by TCP.
func pair(t *testing.T, o Options, bits int) (client, server *Conn) {
	t.Helper()
	o = o.filled("pair")
	a, b := sockets(t)
	client, server = newConn(a, true, &o, bits, nil), newConn(b, false, &o, bits, nil)
	t.Cleanup(func() {
		_ = client.CloseNow()
		_ = server.CloseNow()
	})
	return client, server
}

// sockets returns two connections of TCP that are connected.
func sockets(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	server, err = l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, server
}
