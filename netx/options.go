package netx

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
)

// ServeOptions are the options of [Serve]. Zero values are the defaults.
type ServeOptions struct {
	// MaxConns is the largest number of connections at a time. While there are so many,
	// the server accepts no more, and clients wait in the system's queue. Zero means
	// 10,000, and -1 means no bound.
	MaxConns int
	// MaxPerIP is the largest number of connections from one IP address, or from one
	// IPv6 /64. Further ones are closed at once, and OnError gets [ErrTooManyConns]. Zero
	// and -1 mean no bound. It has no effect on unix sockets.
	MaxPerIP int

	// Idle is how long a connection may wait for its peer without a byte in either
	// direction, in reads and writes. Then it is closed, and its calls return [ErrIdle]. A
	// handler that computes is not idle. Zero means 5 min, and negative means forever.
	Idle time.Duration
	// Handshake is how long the handshake of a TLS connection may take, as those of
	// tls.NewListener are. The server makes it before it calls the handler. Zero means
	// 10 s, and negative means forever.
	Handshake time.Duration
	// Grace is how long handlers may go on after the end of the server's context. Zero
	// means 10 s, and negative means that they are cut at once.
	Grace time.Duration

	// OnError is called with the errors of handlers and handshakes, and with those of
	// accepts that are tried again. A panic of a handler comes as a *[PanicError]. The
	// address is that of the peer, or that of the listener for accepts. Several
	// goroutines may call it at the same time. nil means that slog.Default gets them.
	OnError func(net.Addr, error)
}

// serveOptions returns the options with their defaults.
func serveOptions(op string, options []ServeOptions) ServeOptions {
	o := optional.One("netx", op, options)
	if o.MaxConns < -1 || o.MaxPerIP < -1 {
		panic(fmt.Sprintf("netx: %s with MaxConns %d, MaxPerIP %d", op, o.MaxConns, o.MaxPerIP))
	}
	if o.MaxConns == 0 {
		o.MaxConns = 10_000
	}
	o.Idle = orDefault(o.Idle, 5*time.Minute)
	o.Handshake = orDefault(o.Handshake, 10*time.Second)
	o.Grace = orDefault(o.Grace, 10*time.Second)
	if o.OnError == nil {
		o.OnError = logError
	}
	return o
}

// orDefault returns d, or def for zero.
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// logError is the default of OnError.
func logError(addr net.Addr, err error) {
	slog.Default().Error("netx: a connection failed", "addr", addr, "error", err)
}
