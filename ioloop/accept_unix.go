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
	way    accepting
	most   int  // connections
	on     bool // connections are wanted
	ended  bool
	retry  *Timer // when the descriptors have run out
}

// An accepting is how an acceptor comes by connections.
type accepting interface {
	want(bool) error
	// stop ends it, and calls the acceptor's gone when the descriptor is not used any more.
	stop()
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
	if s.loop.ring == nil {
		w := &polledAccept{acceptor: a}
		if w.token, err = s.loop.poller.Add(fd, 0); err != nil {
			unix.Close(fd)
			return nil, wrap(err)
		}
		a.way = w
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
	if a.ended {
		return
	}
	if w, ok := a.way.(*polledAccept); ok {
		a.server.loop.targets.Put(int32(a.fd), entry{w.token, w})
	} else {
		a.way = newRingAccept(a)
	}
	a.resume()
}

// isFull reports whether no connection is to be accepted now.
func (a *acceptor) isFull() bool {
	return a.ended || a.server.isClosed() || a.most >= 0 && a.server.Conns() >= a.most
}

// resume accepts if there is room.
func (a *acceptor) resume() {
	if !a.on && a.retry == nil && !a.isFull() {
		a.on = a.way.want(true) == nil
	}
}

// pause accepts no more until resume.
func (a *acceptor) pause() {
	if a.on {
		a.on = false
		a.way.want(false)
	}
}

// stop ends accepting for good.
func (a *acceptor) stop() {
	if !a.ended {
		a.ended, a.on = true, false
		a.retry.stop()
		a.way.stop()
	}
}

// gone closes the listener, whose descriptor is not used any more.
func (a *acceptor) gone() {
	a.free()
	a.server.stopped()
}

// free closes the listener.
func (a *acceptor) free() {
	unix.Close(a.fd)
	a.server.listener.Close()
}

// open makes a connection of a socket.
func (a *acceptor) open(fd int) {
	s := a.server
	s.join()
	s.loop.start(s.loop.newLink(&fdLink{number: int32(fd)}), s.options, s, s.open)
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

// A polledAccept accepts when the poller says that there are connections.
type polledAccept struct {
	*acceptor
	token poll.Token
}

func (w *polledAccept) want(on bool) error {
	var want poll.Events
	if on {
		want = poll.Readable
	}
	return w.server.loop.poller.Modify(w.token, want)
}

func (w *polledAccept) stop() {
	w.server.loop.unregister(w.token)
	w.gone()
}

func (w *polledAccept) ready(poll.Events) {
	for range acceptsPerTurn {
		if w.isFull() {
			w.pause()
			return
		}
		fd, err := acceptFD(w.fd)
		switch err {
		case nil:
			w.open(fd)
		case unix.EAGAIN:
			return
		case unix.EINTR, unix.ECONNABORTED, unix.EPROTO:
		default:
			w.starve(err)
			return
		}
	}
}

func (w *polledAccept) panicked(*panics.PanicError) {}
func (w *polledAccept) abort(error)                 { w.server.close(); w.acceptor.stop() }
func (w *polledAccept) lost()                       { w.ended = true }
