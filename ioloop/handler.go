package ioloop

import (
	"fmt"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// A Handler has the functions that a connection calls on the loop, never one within
// another. Each may be nil. They share the variables that they close over. Connections may
// share a Handler that closes over nothing of theirs.
type Handler struct {
	// Data is called with bytes that have come. It borrows data, which is valid until it
	// returns, and returns how many bytes it has used, which may be none. The others come
	// again when more have come, before these. No call gets more than 64 KiB that are new.
	// An error aborts the connection. If Data is nil, what comes is dropped.
	Data func(c *Conn, data []byte) (n int, err error)
	// EOF is called when the other end sends no more. What Data has left does not come
	// again then: a Data that wants the last line without its end uses it, and keeps it. The
	// connection can still send, and ends by Close or CloseWrite. If EOF is nil, the
	// connection is closed.
	EOF func(c *Conn)
	// Drain is called when the bytes that wait to be sent have fallen to Low, after
	// Full was true.
	Drain func(c *Conn)
	// Close is the last call. err is nil after an orderly end: Close, Detach, or the end
	// of the stream.
	Close func(c *Conn, err error)
}

// ConnOptions are settings of connections. The zero value is a good choice.
type ConnOptions struct {
	// High and Low bound the bytes that wait to be sent. A connection is Full above High
	// until Low is reached, and reads no more meanwhile. Zero means 64 KiB and a quarter
	// of High.
	High, Low int
	// Max is how many bytes may wait to be sent: Write refuses more. Zero means 1 MiB, or
	// High if that is more.
	Max int
	// Unread is how many bytes Data may leave. When more are left, the connection is
	// aborted with a *TooLongError. Zero means 64 KiB.
	Unread int
	// Idle ends a connection that has neither read nor written a byte for so long, with
	// os.ErrDeadlineExceeded. Zero means never.
	Idle time.Duration
	// Linger is how long Close waits for the other end to take a byte of what waits to be
	// sent. It starts again with each byte that leaves, so that a slow reader gets all of them.
	// Then the connection is aborted with os.ErrDeadlineExceeded. Zero means 5 s. A bound for
	// the whole is Server.Shutdown, or a timer that calls Abort.
	Linger time.Duration
	// Duplex lets a connection read while it is Full.
	Duplex bool
	// Conns is how many connections a server may have. While it has so many, it accepts
	// no more, and they wait in the kernel's queue. Zero means what the
	// limit of descriptors allows, -1 means no bound.
	Conns int
}

const (
	defaultHigh   = 64 << 10
	defaultMax    = 1 << 20
	defaultUnread = 64 << 10
	defaultLinger = 5 * time.Second
)

// connOptions checks options and fills in what is zero.
func connOptions(method string, options []ConnOptions) *ConnOptions {
	o := optional.One("ioloop", method, options)
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"High", int64(o.High)}, {"Low", int64(o.Low)}, {"Max", int64(o.Max)}, {"Unread", int64(o.Unread)},
		{"Idle", int64(o.Idle)}, {"Linger", int64(o.Linger)}, {"Conns", int64(o.Conns) + 1},
	} {
		if n.value < 0 {
			panic(fmt.Sprintf("ioloop: %s with ConnOptions.%s of %d, want at least 0", method, n.name, n.value))
		}
	}
	if o.High == 0 {
		o.High = defaultHigh
		if o.Max > 0 {
			o.High = min(o.High, o.Max)
		}
	}
	if o.Low == 0 {
		o.Low = o.High / 4
	}
	if o.Max == 0 {
		o.Max = max(defaultMax, o.High)
	}
	if o.Unread == 0 {
		o.Unread = defaultUnread
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	if o.Low > o.High || o.High > o.Max {
		panic(fmt.Sprintf("ioloop: %s with ConnOptions Low %d, High %d, Max %d, want them in this order", method, o.Low, o.High, o.Max))
	}
	return &o
}
