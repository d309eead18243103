package conformance

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"

	"golang.org/x/net/nettest"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// Streams of a loop, and the other ends of connections in memory, are net.Conns: the test
// suite of package net's own implementations says so.
func TestNetConn(t *testing.T) {
	for name, pipe := range map[string]func(*ioloop.Loop) (net.Conn, net.Conn, error){
		"tcp":      tcpStreams,
		"unix":     unixStreams,
		"memory":   memoryStream,
		"detached": detached,
	} {
		for _, backend := range append(poll.Backends(), ring) {
			t.Run(name+", "+string(backend), func(t *testing.T) {
				if l, err := loopOf(backend); errors.Is(err, errors.ErrUnsupported) {
					t.Skip(err)
				} else if err == nil {
					l.Close()
				}
				nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
					l, err := loopOf(backend)
					if err != nil {
						return nil, nil, nil, err
					}
					done := make(chan error, 1)
					go func() { done <- l.Run(context.Background()) }()
					c1, c2, err = pipe(l)
					return c1, c2, func() {
						c1.Close()
						c2.Close()
						l.Close()
						<-done
					}, err
				})
			})
		}
	}
}

// ring stands for a loop on io_uring.
const ring poll.Backend = "ring"

func loopOf(backend poll.Backend) (*ioloop.Loop, error) {
	if backend == ring {
		return ioloop.New(ioloop.Options{Ring: ioloop.RingMust})
	}
	poller, err := poll.New(poll.Options{Backend: backend, BigSelect: true})
	if err != nil {
		return nil, err
	}
	return ioloop.New(ioloop.Options{Poller: poller})
}

// held returns a function for Serve and Pipe that gives a stream away.
func held(streams chan<- *ioloop.Stream) func(*ioloop.Conn) *ioloop.Handler {
	return ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
		streams <- s
		<-ctx.Done()
		return nil
	})
}

func tcpStreams(l *ioloop.Loop) (net.Conn, net.Conn, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	streams := make(chan *ioloop.Stream, 1)
	s, err := l.Serve(ln, held(streams))
	if err != nil {
		return nil, nil, err
	}
	c, err := l.Dial(context.Background(), "tcp", s.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	return <-streams, c, s.Close()
}

func unixStreams(l *ioloop.Loop) (net.Conn, net.Conn, error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	streams := make(chan *ioloop.Stream, 2)
	for _, fd := range p {
		f := os.NewFile(uintptr(fd), "socket")
		if err := l.Post(context.Background(), func() { l.Adopt(f, held(streams)) }); err != nil {
			return nil, nil, err
		}
	}
	return <-streams, <-streams, nil
}

func memoryStream(l *ioloop.Loop) (net.Conn, net.Conn, error) {
	streams := make(chan *ioloop.Stream, 1)
	c := l.Pipe(held(streams))
	return <-streams, c, nil
}

// detached returns a connection that has left the loop.
func detached(l *ioloop.Loop) (net.Conn, net.Conn, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	other, err := ln.Accept()
	if err != nil {
		return nil, nil, err
	}
	left, err := ioloop.Call(context.Background(), l, func() (net.Conn, error) {
		conn, err := l.Adopt(other.(syscall.Conn), func(*ioloop.Conn) *ioloop.Handler { return &ioloop.Handler{} })
		if err != nil {
			return nil, err
		}
		nc, _, err := conn.Detach()
		return nc, err
	})
	return left, c, err
}
