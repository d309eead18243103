//go:build linux

package echo_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"

	"github.com/fanfold/fanfold/ioloop"
)

// bufferSize is how many bytes a server reads at once, where it can be told.
const bufferSize = 64 << 10

// servers are those that are written in Go. Each listens, calls ready with its address and
// serves until the process ends.
var servers = map[string]func(ready func(net.Addr)) error{
	"fanfold":            serveLoop(whole),
	"fanfold-ring":       serveLoop(whole, ioloop.Options{Ring: ioloop.RingMust}),
	"fanfold-two-pieces": serveLoop(twoPieces),
	"fanfold-streams":    serveStreams,
	"net":                serveNet,
	"gnet":               serveGnet,
	"netpoll":            serveNetpoll,
	"nbio":               serveNbio,
	"evio":               serveEvio,
	"gaio":               serveGaio,
}

// serve is a server until standard input ends.
func serve(name string) error {
	signal.Ignore(os.Interrupt) // the parent gets it too
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return servers[name](func(addr net.Addr) { fmt.Println(addr) })
}

func listen() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") }

// serveLoop serves with the loop and its default limits.
func serveLoop(h *ioloop.Handler, options ...ioloop.Options) func(func(net.Addr)) error {
	return func(ready func(net.Addr)) error {
		return run(ready, func(*ioloop.Conn) *ioloop.Handler { return h }, options...)
	}
}

var whole = &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) { return c.Write(data) }}

var twoPieces = &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
	half := len(data) / 2
	n, err := c.Write(data[:half])
	if err != nil {
		return n, err
	}
	m, err := c.Write(data[half:])
	return n + m, err
}}

func serveStreams(ready func(net.Addr)) error {
	return run(ready, ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
		for {
			p, err := s.ReadSome(ctx, bufferSize)
			if err != nil {
				return err
			}
			if err := s.Send(ctx, p); err != nil {
				return err
			}
		}
	}))
}

func run(ready func(net.Addr), open func(*ioloop.Conn) *ioloop.Handler, options ...ioloop.Options) error {
	loop, err := ioloop.New(options...)
	if err != nil {
		return err
	}
	defer loop.Close()
	ln, err := listen()
	if err != nil {
		return err
	}
	server, err := loop.Serve(ln, open)
	if err != nil {
		return err
	}
	ready(server.Addr())
	return loop.Run(context.Background())
}

// serveNet has a goroutine for each connection.
func serveNet(ready func(net.Addr)) error {
	ln, err := listen()
	if err != nil {
		return err
	}
	ready(ln.Addr())
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			buf := make([]byte, bufferSize)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}
