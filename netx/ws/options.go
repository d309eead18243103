package ws

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/gobwas/httphead"

	"github.com/fanfold/fanfold/internal/optional"
)

// Options are the choices of a connection on either side. The zero value of each is its
// default.
type Options struct {
	// MaxMessage bounds a received message in bytes, after it was inflated; 0 means 1 MiB,
	// a negative value no bound. A larger one closes the connection with [TooLarge].
	MaxMessage int

	// Subprotocols are those that this side speaks, the preferred one first. A server takes
	// the first one that the client offers, or none.
	Subprotocols []string

	// Compress offers and accepts permessage-deflate, without context takeover: every
	// message is compressed by itself.
	Compress bool

	// CompressFrom is how long a message has to be for being compressed; 0 means 256 bytes.
	CompressFrom int

	// Ping is for how long a Read waits without a byte before it asks whether the other
	// side is still there; 0 means 30 s, a negative value never. Pong is for how long it
	// then waits for a byte before it closes the connection; 0 means 10 s.
	Ping, Pong time.Duration
}

// AcceptOptions are the choices of [Accept] and [Handler].
type AcceptOptions struct {
	Options

	// Origins are the sites, beside the server's own host, whose pages may connect:
	// "https://example.com", "https://*.example.com" for all below, the same without a
	// scheme for any scheme, or "*" for all pages there are. Requests without an Origin
	// are from no browser and accepted.
	Origins []string

	// OnError gets what a handler returned, and its panics as a [*PanicError]. It does not
	// get what says that a connection was closed or lost, or that the server shuts down. It
	// is for [Handler] only. nil means slog.Default.
	OnError func(net.Addr, error)
}

// DialOptions are the choices of [Dial].
type DialOptions struct {
	Options

	// Header has further fields for the request, such as Origin or Authorization.
	Header http.Header

	// Client makes the request: its transport, with the dialing, the proxy and the TLS
	// of that, its Jar and its Timeout for the handshake are used, its redirects are not.
	// nil means http.DefaultClient.
	Client *http.Client
}

const (
	defaultMaxMessage   = 1 << 20
	defaultCompressFrom = 256
	defaultPing         = 30 * time.Second
	defaultPong         = 10 * time.Second
)

// filled returns o with its defaults. It panics for what cannot be meant.
func (o Options) filled(caller string) Options {
	if o.CompressFrom < 0 || o.Pong < 0 {
		panic(fmt.Sprintf("ws: %s: CompressFrom is %d and Pong %v, want 0 (the default) or more", caller, o.CompressFrom, o.Pong))
	}
	for _, p := range o.Subprotocols {
		if !token(p) {
			panic(fmt.Sprintf("ws: %s: %q cannot be a subprotocol", caller, p))
		}
	}
	switch {
	case o.MaxMessage == 0:
		o.MaxMessage = defaultMaxMessage
	case o.MaxMessage < 0:
		o.MaxMessage = math.MaxInt
	}
	if o.CompressFrom == 0 {
		o.CompressFrom = defaultCompressFrom
	}
	if o.Ping == 0 {
		o.Ping = defaultPing
	}
	if o.Pong == 0 {
		o.Pong = defaultPong
	}
	return o
}

// token reports whether s is a token of HTTP.
func token(s string) bool {
	n := 0
	for i := range len(s) {
		if !httphead.OctetTypes[s[i]].IsToken() {
			return false
		}
		n++
	}
	return n > 0
}

func acceptOptions(caller string, options []AcceptOptions) AcceptOptions {
	o := optional.One("ws", caller, options)
	o.Options = o.Options.filled(caller)
	return o
}

func dialOptions(options []DialOptions) DialOptions {
	o := optional.One("ws", "Dial", options)
	o.Options = o.Options.filled("Dial")
	return o
}
