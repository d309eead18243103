//go:build unix

package ws

import (
	"io"
	"net"
	"os"
	"syscall"
)

// A direct reads a socket without a buffer that waits: it is taken when bytes have come.
type direct struct {
	raw  syscall.RawConn
	read func(fd uintptr) bool // made once

	into []byte  // where to; nil: buf
	buf  *buffer // taken when bytes come
	n    int
	err  error
}

// newDirect returns a direct for a socket, or nil if conn is none. It has to be the
// connection itself: a type that embeds one may read ahead, or count.
func newDirect(conn net.Conn) *direct {
	var raw syscall.RawConn
	var err error
	switch c := conn.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		if c.LocalAddr().Network() != "unix" {
			return nil
		}
		raw, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil // closed: what reads it finds out
	}
	d := &direct{raw: raw}
	d.read = d.try
	return d
}

// receive waits for bytes, and reads into p, or if that is nil into a buffer of its own,
// which it returns.
func (d *direct) receive(p []byte) (*buffer, int, error) {
	d.into, d.n, d.err = p, 0, nil
	err := d.raw.Read(d.read)
	buf, n := d.buf, d.n
	if err == nil {
		err = d.err
	}
	d.into, d.buf, d.err = nil, nil, nil
	return buf, n, err
}

// try reads, and reports whether the call is over.
func (d *direct) try(fd uintptr) bool {
	p := d.into
	if p == nil {
		d.buf = buffers.Get().(*buffer)
		p = d.buf[:]
	}
	for {
		n, err := syscall.Read(int(fd), p)
		if err == syscall.EINTR {
			continue
		}
		if n > 0 {
			d.n = n
			return true
		}
		if d.buf != nil {
			buffers.Put(d.buf)
			d.buf = nil
		}
		switch {
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			d.err = os.NewSyscallError("read", err)
		default:
			d.err = io.EOF
		}
		return true
	}
}
