package sock

import (
	"net"
	"syscall"
)

// A Reader reads from a connection into a buffer that it takes when bytes are there, and
// not while it waits for them. So a connection that waits holds no buffer. That works for
// the sockets of package net on Unix; for other connections the buffer is taken first.
type Reader struct {
	conn net.Conn
	seen *Conn // conn, if it is one: its bytes are progress
	raw  syscall.RawConn
	get  func() []byte
	put  func([]byte)

	// What attempt works on: a closure for each read would be an allocation.
	buf  []byte
	own  bool // buf is from get
	once bool // attempt is not to wait
	n    int
	err  error
	try  func(fd uintptr) bool
}

// NewReader returns a Reader for conn. get returns a buffer that is not empty, and put
// takes it back.
func NewReader(conn net.Conn, get func() []byte, put func([]byte)) *Reader {
	r := &Reader{conn: conn, get: get, put: put}
	inner := conn
	if c, ok := conn.(*Conn); ok {
		r.seen, inner = c, c.Conn
	}
	// No other types: they may have a Read of their own that does more.
	switch c := inner.(type) {
	case *net.TCPConn:
		r.raw = rawConn(c)
	case *net.UnixConn:
		r.raw = rawConn(c)
	}
	r.try = r.attempt
	return r
}

// Read reads into buf, or for nil into a buffer from get, which it returns. It returns
// nil if nothing was read.
func (r *Reader) Read(buf []byte) (in []byte, n int, err error) {
	if r.raw != nil {
		return r.readRaw(buf, false)
	}
	own := buf == nil
	if own {
		buf = r.get()
	}
	n, err = r.conn.Read(buf)
	return r.result(buf, own, n, err)
}

// result gives back a buffer that holds nothing.
func (r *Reader) result(buf []byte, own bool, n int, err error) ([]byte, int, error) {
	if own && n <= 0 {
		r.put(buf)
		return nil, 0, err
	}
	return buf, max(n, 0), err
}
