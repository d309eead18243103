package httpx

import (
	"net"
	"strings"
	"sync/atomic"

	"github.com/fanfold/fanfold/netx/internal/sock"
)

// A head looks at the header of a request while it is read: whether it has a length and
// a transfer encoding as well. net/http takes the length away before a handler sees it.
// The two contradict each other, and where two servers believe different ones, a request can
// be hidden in another one's body (RFC 9112, section 6.1).
//
// A header that has come together with the end of the request before it is not seen, and
// neither is one that came encrypted: such clients have no server in between.
type head struct {
	on atomic.Bool // bytes belong to a header

	begun, value    bool // a line that is not empty has come; the rest of the line is a value
	name            [len("transfer-encoding")]byte
	n               int // how long the name is so far
	length, encoded bool
}

// A connection is what the server has for each one that was accepted.
type connection struct {
	used atomic.Bool // a byte has come
	head head
}

// acceptor is a listener whose connections have a *connection.
type acceptor struct {
	*sock.Listener
	plain bool // heads can be read
}

func (a acceptor) Accept() (net.Conn, error) {
	c, err := a.Listener.Accept()
	if accepted, ok := c.(*sock.Conn); ok {
		own := &connection{}
		accepted.User = own
		if a.plain {
			own.head.on.Store(true)
			accepted.Tap = own.head.read
		}
	}
	return c, err
}

// read looks at bytes that were read.
func (h *head) read(p []byte) {
	if !h.on.Load() {
		return
	}
	for _, b := range p {
		switch {
		case b == '\n':
			if h.begun && h.n == 0 && !h.value {
				h.on.Store(false)
				return
			}
			h.n, h.value = 0, false
		case b == '\r' || h.value:
		case b == ':' && h.begun:
			h.value = true
			if h.n <= len(h.name) {
				name := string(h.name[:h.n])
				h.length = h.length || strings.EqualFold(name, "content-length")
				h.encoded = h.encoded || strings.EqualFold(name, "transfer-encoding")
			}
		default:
			h.begun = true
			if h.n < len(h.name) {
				h.name[h.n] = b
			}
			h.n++
		}
	}
}

// next makes the head ready for the next request.
func (h *head) next() {
	h.begun, h.value, h.n, h.length, h.encoded = false, false, 0, false, false
	h.on.Store(true)
}

// contradictory reports whether the request has both.
func (h *head) contradictory() bool { return h.length && h.encoded }
