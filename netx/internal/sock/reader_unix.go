//go:build unix

package sock

import (
	"io"
	"net"
	"os"
	"syscall"
)

// rawConn returns the descriptor of a socket, nil if it has none.
func rawConn(c syscall.Conn) syscall.RawConn {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// readRaw is Read for sockets. With once it does not wait: n is 0 and err is nil if there
// is nothing to read.
func (r *Reader) readRaw(buf []byte, once bool) (in []byte, n int, err error) {
	r.buf, r.own, r.once, r.n, r.err = buf, buf == nil, once, 0, nil
	if r.seen != nil && !r.seen.lazy {
		r.seen.Watch.Begin()
	}
	err = r.raw.Read(r.try)
	if err == nil {
		err = r.err
	}
	in, n = r.buf, r.n
	r.buf = nil
	if r.seen != nil {
		if r.seen.lazy {
			r.seen.Watch.Moved(n)
		} else {
			r.seen.Watch.End(n)
		}
		if err == io.EOF {
			r.seen.ended.Store(true)
		}
		err = r.seen.because(err)
	}
	return in, n, err
}

// attempt reads what is there. It returns false to be called again when something comes.
func (r *Reader) attempt(fd uintptr) bool {
	if r.own && r.buf == nil {
		r.buf = r.get()
	}
	for {
		n, err := syscall.Read(int(fd), r.buf)
		switch {
		case n > 0:
			r.n = n
			return true
		case err == syscall.EINTR:
			continue
		case err == nil:
			r.err = io.EOF
		case err != syscall.EAGAIN:
			r.err = &net.OpError{
				Op: "read", Net: r.conn.LocalAddr().Network(), Source: r.conn.LocalAddr(), Addr: r.conn.RemoteAddr(),
				Err: os.NewSyscallError("read", err),
			}
		}
		if r.own {
			r.put(r.buf)
			r.buf = nil
		}
		return r.err != nil || r.once
	}
}
