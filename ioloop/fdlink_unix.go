//go:build unix && !aix

package ioloop

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// An fdLink is a link over a descriptor, which it owns.
type fdLink struct {
	conn    *Conn
	number  int32
	kind    fileKind
	restore bool // the file blocked before
	on      bool // registered with the poller
	token   poll.Token
}

// A fileKind says which calls a file knows.
type fileKind uint8

const (
	socket fileKind = iota
	pipe            // or a fifo
	device          // a terminal, a serial line, a tun: calls may block in spite of O_NONBLOCK
)

// newFDLink returns a link over fd, which does not block from then on.
func newFDLink(fd int) (*fdLink, error) {
	k := &fdLink{number: int32(fd)}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFSOCK:
	case unix.S_IFIFO:
		k.kind = pipe
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFBLK:
		return nil, poll.ErrNotPollable
	default:
		k.kind = device
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return nil, err
	}
	if flags&unix.O_NONBLOCK == 0 {
		k.restore = true
		if err := unix.SetNonblock(fd, true); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *fdLink) bind(c *Conn) { k.conn = c }

func (k *fdLink) read(p []byte) ([]byte, error) {
	for {
		n, err := readFD(int(k.number), p, k.kind)
		switch {
		case err == nil && n == 0:
			return nil, io.EOF
		case err == nil:
			return p[:n], nil
		case err == unix.EAGAIN:
			return nil, errAgain
		case err == unix.EIO && k.kind == device: // the other side of a pty is closed
			return nil, io.EOF
		case err != unix.EINTR:
			return nil, os.NewSyscallError("read", err)
		}
	}
}

func (k *fdLink) write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := writeFD(int(k.number), p[sent:], k.kind)
		switch {
		case err == nil:
			sent += n
			if k.kind == socket && sent < len(p) {
				return sent, errAgain // a stream socket takes what it has room for
			}
		case err == unix.EAGAIN:
			return sent, errAgain
		case err != unix.EINTR:
			return sent, os.NewSyscallError("write", err)
		}
	}
	return sent, nil
}

// want takes the descriptor out of the poller when nothing is wanted, which would report
// a hang-up again and again.
func (k *fdLink) want(want poll.Events) error {
	l := k.conn.loop
	switch {
	case want == 0 && k.on:
		k.on = false
		l.unregister(k.token)
	case want != 0 && k.on:
		return l.poller.Modify(k.token, want)
	case want != 0:
		var err error
		if k.token, err = l.register(int(k.number), want, k); err != nil {
			return err
		}
		k.on = true
	}
	return nil
}

func (k *fdLink) ready(is poll.Events)          { k.conn.ready(is) }
func (k *fdLink) panicked(e *panics.PanicError) { k.conn.panicked(e) }
func (k *fdLink) abort(err error)               { k.conn.abort(err) }
func (k *fdLink) lost()                         { k.on = false; k.number = -1; k.conn.lost() }
func (k *fdLink) fd() int                       { return int(k.number) }
func (k *fdLink) localAddr() net.Addr           { return address(unix.Getsockname(k.fd())) }
func (k *fdLink) remoteAddr() net.Addr          { return address(unix.Getpeername(k.fd())) }

func (k *fdLink) halves() bool { return k.kind == socket }
func (k *fdLink) settle()      {}
func (k *fdLink) unsettle()    {}

func (k *fdLink) closeWrite() error {
	err := unix.Shutdown(k.fd(), unix.SHUT_WR)
	if err == nil || err == unix.ENOTCONN { // it is over already: reading says how
		return nil
	}
	return os.NewSyscallError("shutdown", err)
}

func (k *fdLink) close(reset bool) {
	if k.number < 0 {
		return
	}
	if reset && k.kind == socket {
		unix.SetsockoptLinger(k.fd(), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	k.unblock()
	unix.Close(k.fd())
	k.number = -1
}

// unblock makes the file as it was: others may have it too.
func (k *fdLink) unblock() {
	if k.restore {
		unix.SetNonblock(k.fd(), false)
	}
}

func (k *fdLink) detach() (nc net.Conn, unread []byte, err error) {
	if k.kind != socket {
		return nil, nil, fmt.Errorf("what is no socket: %w", errors.ErrUnsupported)
	}
	fd, err := unix.FcntlInt(uintptr(k.number), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	f := os.NewFile(uintptr(fd), "")
	defer f.Close()
	nc, err = net.FileConn(f) // a duplicate
	return nc, nil, err
}
