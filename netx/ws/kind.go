package ws

import (
	"fmt"

	"github.com/gobwas/ws"
)

// A Kind says what a message is.
type Kind byte

// The two kinds of messages.
const (
	Text   = Kind(ws.OpText)   // UTF-8, which is checked as it comes
	Binary = Kind(ws.OpBinary) // any bytes
)

// String returns "text" or "binary".
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Binary:
		return "binary"
	}
	return fmt.Sprintf("Kind(%d)", byte(k))
}

// must panics for a kind that does not exist.
func (k Kind) must(caller string) {
	if k != Text && k != Binary {
		panic(fmt.Sprintf("ws: %s with %v, want Text or Binary", caller, k))
	}
}

// A Message is a whole message, which [Conn.Read] returns.
type Message struct {
	Kind Kind   // Text or Binary
	Data []byte // valid until the next Read, Reader or Close of the Conn; may be changed until then
}
