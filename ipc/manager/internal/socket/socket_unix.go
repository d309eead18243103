//go:build unix

package socket

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxBlocking is how many goroutines of a process wait for a client in the kernel.
const maxBlocking = 16

var blocking atomic.Int32

// A Socket is one end of a connection.
type Socket struct {
	f   *os.File
	raw syscall.RawConn
	fd  int
}

// New makes a Socket of f, which does not block.
func New(f *os.File) (*Socket, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &Socket{f: f, raw: raw}
	if err := raw.Control(func(fd uintptr) { s.fd = int(fd) }); err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes the socket. Nothing else may be using it.
func (s *Socket) Close() { s.f.Close() }

// Shut ends the connection: what waits for it returns. It may be called at any time before
// Close.
func (s *Socket) Shut() { _ = unix.Shutdown(s.fd, unix.SHUT_RDWR) }

// Read waits for bytes and reads some of them.
func (s *Socket) Read(b []byte) (int, error) {
	for {
		if blocking.Add(1) <= maxBlocking {
			_, err := s.Poll(false, -1)
			blocking.Add(-1)
			if err != nil {
				return 0, err
			}
			n, err := s.TryRead(b)
			if n > 0 || err != nil {
				return n, err
			}
			continue
		}
		blocking.Add(-1)
		var n int
		var failed error
		if err := s.raw.Read(func(uintptr) bool {
			n, failed = s.TryRead(b)
			return n > 0 || failed != nil
		}); err != nil {
			return 0, err
		}
		return n, failed
	}
}

// TryRead reads bytes that have come; 0 says that there are none. At the end the error is
// io.EOF.
func (s *Socket) TryRead(b []byte) (int, error) {
	for {
		n, err := unix.Read(s.fd, b)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, nil
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// TryWrite writes what can be written at once.
func (s *Socket) TryWrite(b []byte) (n int, err error) {
	for n < len(b) {
		m, err := unix.Write(s.fd, b[n:])
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return n, nil
		case err != nil:
			return n, err
		default:
			n += m
		}
	}
	return n, nil
}

// Write writes all of b in Go's poller. A peer that takes too long is an error.
func (s *Socket) Write(b []byte, patience time.Duration) error {
	if err := s.f.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := s.f.Write(b)
	return err
}

// WriteWait writes all of b in Go's poller, however long that takes.
func (s *Socket) WriteWait(b []byte) error {
	_, err := s.f.Write(b)
	return err
}

// Poll blocks in the kernel until bytes have come, the connection has ended, or bell has
// something to read; bell may be −1. With hangup set only the end counts.
func (s *Socket) Poll(hangup bool, bell int) (rung bool, err error) {
	list := [2]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}, {Fd: int32(bell), Events: unix.POLLIN}}
	if hangup {
		list[0].Events = 0
	}
	for {
		_, err := unix.Poll(list[:], -1)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		return list[1].Revents != 0, err
	}
}

// A Bell wakes a goroutine in Poll.
type Bell struct{ r, w int }

// NewBell makes a Bell.
func NewBell() (*Bell, error) {
	var p [2]int
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(p[:]); err != nil {
		return nil, err
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(p[0])
			unix.Close(p[1])
			return nil, err
		}
	}
	return &Bell{p[0], p[1]}, nil
}

// Fd is what Poll needs.
func (b *Bell) Fd() int { return b.r }

// Ring wakes whoever is in Poll, or comes next.
func (b *Bell) Ring() { _, _ = unix.Write(b.w, []byte{0}) } // a full pipe rings already

// Quiet takes back what has rung.
func (b *Bell) Quiet() {
	var buf [64]byte
	for {
		if n, err := unix.Read(b.r, buf[:]); n < len(buf) && err != unix.EINTR {
			return
		}
	}
}

// Close closes the Bell.
func (b *Bell) Close() {
	unix.Close(b.r)
	unix.Close(b.w)
}

// Ended reports whether err says that the other end is gone.
func Ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}
