package conformance

import (
	"context"
	"net"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/fanfold/fanfold/netx"
)

// The connection that a handler of netx.Serve gets is a net.Conn as package net has them.
func TestServedConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, nil, err
		}
		ctx, end := context.WithCancel(context.Background())
		conns, release, served := make(chan net.Conn, 1), make(chan struct{}), make(chan error, 1)
		go func() {
			served <- netx.Serve(ctx, l, func(_ context.Context, c net.Conn) error {
				conns <- c
				<-release
				return nil
			})
		}()
		c1, err = net.Dial("tcp", l.Addr().String())
		if err != nil {
			end()
			<-served
			return nil, nil, nil, err
		}
		c2 = <-conns
		stop = func() {
			c1.Close()
			c2.Close()
			close(release)
			end()
			if err := <-served; err != nil {
				t.Error(err)
			}
		}
		return c1, c2, stop, nil
	})
}
