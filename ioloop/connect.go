package ioloop

import (
	"context"
	"net"
)

// Connect dials with package net, in a goroutine, and makes a connection of what it gets.
// It calls open on the loop: with the connection, for its handler, or with nil and an
// error. Networks and addresses are those of net.Dial, of streams only. The end of ctx,
// or Close of the loop, ends the dialing. After Close open is not called. Connect does
// not block, and any goroutine may call it. Python: loop.create_connection.
func (l *Loop) Connect(ctx context.Context, network, addr string, open func(*Conn, error) *Handler, options ...ConnOptions) {
	if open == nil {
		panic("ioloop: Connect with a nil function")
	}
	o := connOptions("Connect", options)
	l.help(ctx, func(ctx context.Context) {
		var d net.Dialer
		nc, err := d.DialContext(ctx, network, addr)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			l.send(func() { l.refuse(open, err) })
			return
		}
		drop := func() { nc.Close() }
		if !l.hand(func() { l.adoptDialed(nc, o, open) }, drop) {
			drop()
		}
	})
}

// refuse tells open that there is no connection.
func (l *Loop) refuse(open func(*Conn, error) *Handler, err error) {
	l.begin(nil)
	open(nil, err)
	l.end()
}

// help runs f in a goroutine. Close of the loop ends its ctx and waits for it.
func (l *Loop) help(ctx context.Context, f func(context.Context)) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closed {
		cancel(ErrClosed)
		return
	}
	stop := context.AfterFunc(l.life, func() { cancel(ErrClosed) })
	l.helpers.Go(func() {
		defer cancel(nil)
		defer stop()
		f(ctx)
	})
}
