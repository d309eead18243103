//go:build !unix || aix

package ioloop

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// This system does not wait for descriptors: connections in memory are all there are.

type acceptor struct{}

func newAcceptor(*Server) (*acceptor, error) {
	return nil, fmt.Errorf("ioloop: Serve: %w", errors.ErrUnsupported)
}

func (*acceptor) start()  {}
func (*acceptor) stop()   {}
func (*acceptor) free()   {}
func (*acceptor) resume() {}

func (l *Loop) freed() {}

// Adopt returns errors.ErrUnsupported on this system.
func (l *Loop) Adopt(syscall.Conn, func(*Conn) *Handler, ...ConnOptions) (*Conn, error) {
	return nil, fmt.Errorf("ioloop: Adopt: %w", errors.ErrUnsupported)
}

func (l *Loop) adoptDialed(nc net.Conn, _ *ConnOptions, open func(*Conn, error) *Handler) {
	nc.Close()
	l.refuse(open, fmt.Errorf("ioloop: Connect: %w", errors.ErrUnsupported))
}
