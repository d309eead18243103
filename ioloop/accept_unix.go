//go:build unix && !aix

package ioloop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// An acceptor accepts the connections of a server. Its methods are called on the loop.
type acceptor struct {
	server *Server
	fd     int
	token  poll.Token
	most   int  // connections
	on     bool // wanted of the poller
	ended  bool
	retry  *Timer // when the descriptors have run out
}

// acceptsPerTurn keeps a storm of connections from holding up those that are there.
const acceptsPerTurn = 64

// reserved is how many descriptors a server leaves to the rest of the program.
const reserved = 64

// noDescriptor is how long an acceptor waits when no descriptor is left, unless a
// connection of its loop ends before.
const noDescriptor = 50 * time.Millisecond

// newAcceptor duplicates the descriptor of the listener. That one stays open: it knows
// what to remove at the end.
func newAcceptor(s *Server) (*acceptor, error) {
	sc, ok := s.listener.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("ioloop: Serve: a %T has no descriptor: %w", s.listener, errors.ErrUnsupported)
	}
	fd, _, err := duplicate(sc)
	if err != nil {
		return nil, fmt.Errorf("ioloop: Serve: %w", err)
	}
	a := &acceptor{server: s, fd: fd, most: s.options.Conns}
	if a.most == 0 {
		a.most = 1 << 30
		var limit unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur < 1<<30 {
			a.most = max(1, int(limit.Cur)-reserved)
		}
	}
	inherit(fd)
	if a.token, err = s.loop.poller.Add(fd, 0); err != nil {
		unix.Close(fd)
		return nil, wrap(err)
	}
	return a, nil
}

// inherit sets what the connections inherit from the listener, as package net sets it. For
// others than TCP it does nothing.
func inherit(fd int) {
	unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
}

// duplicate returns another descriptor of c's file, and the one that c has. Method Fd of an
// os.File would make the file block.
func duplicate(c syscall.Conn) (fd, own int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return -1, -1, err
	}
	controlErr := raw.Control(func(number uintptr) {
		own = int(number)
		fd, err = unix.FcntlInt(number, unix.F_DUPFD_CLOEXEC, 3)
	})
	return fd, own, errors.Join(controlErr, err)
}

// start begins to accept.
func (a *acceptor) start() {
	l := a.server.loop
	if a.ended {
		return
	}
	l.targets.Put(int32(a.fd), entry{a.token, a})
	a.resume()
}

// resume accepts if there is room.
func (a *acceptor) resume() {
	if !a.on && !a.ended && a.retry == nil && (a.most < 0 || a.server.Conns() < a.most) {
		a.on = a.server.loop.poller.Modify(a.token, poll.Readable) == nil
	}
}

// pause accepts no more until resume.
func (a *acceptor) pause() {
	if a.on {
		a.on = false
		a.server.loop.poller.Modify(a.token, 0)
	}
}

// stop ends accepting for good.
func (a *acceptor) stop() {
	if !a.ended {
		a.ended, a.on = true, false
		a.retry.stop()
		a.server.loop.unregister(a.token)
		a.free()
		a.server.stopped()
	}
}

// free closes the listener.
func (a *acceptor) free() {
	unix.Close(a.fd)
	a.server.listener.Close()
}

func (a *acceptor) ready(poll.Events) {
	s := a.server
	for range acceptsPerTurn {
		if a.ended || s.isClosed() || a.most >= 0 && s.Conns() >= a.most {
			a.pause()
			return
		}
		fd, err := acceptFD(a.fd)
		switch err {
		case nil:
			a.open(fd)
		case unix.EAGAIN:
			return
		case unix.EINTR, unix.ECONNABORTED, unix.EPROTO:
		default:
			a.starve(err)
			return
		}
	}
}

// open makes a connection of a socket.
func (a *acceptor) open(fd int) {
	s := a.server
	k := &fdLink{number: int32(fd)}
	s.join()
	s.loop.start(k, s.options, s, func(c *Conn) { k.conn = c }, s.open)
}

// starve waits until a descriptor may be free. Connections wait in the kernel's queue
// meanwhile.
func (a *acceptor) starve(err error) {
	l := a.server.loop
	a.pause()
	l.logger().LogAttrs(context.Background(), slog.LevelWarn, "ioloop: cannot accept", slog.Any("error", err), slog.String("listener", a.server.Addr().String()))
	a.retry = l.AfterFunc(noDescriptor, a.feed)
	l.starved = append(l.starved, a)
}

// feed ends starve.
func (a *acceptor) feed() {
	a.retry.stop()
	a.retry = nil
	a.resume()
}

// freed tells those that starve that a descriptor is free.
func (l *Loop) freed() {
	starved := l.starved
	l.starved = nil
	for _, a := range starved {
		if a.retry != nil {
			a.feed()
		}
	}
}

func (a *acceptor) panicked(*panics.PanicError) {}
func (a *acceptor) abort(error)                 { a.server.close(); a.stop() }
func (a *acceptor) lost()                       { a.ended = true }
