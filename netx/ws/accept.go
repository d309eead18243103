package ws

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// handshakeWait bounds how long the answer to a handshake may take to be sent.
const handshakeWait = 10 * time.Second

// Accept answers a request for a WebSocket and returns the connection. It takes the
// connection from the server of net/http: the caller closes it. Header fields that were set
// in w are sent along. The goroutine of the handler and its buffers are in use until the
// handler returns; [Handler] gives them back.
//
// A request that is refused is answered, and the error is a [*HandshakeError]. The status is
// 403 for a page of another site, see [AcceptOptions].Origins. It is 426 for what asks for no
// WebSocket or for another version, 405 for another method than GET, and 400 for what is
// malformed. Other errors are those of the connection. Accept blocks for at most 10 s, until the answer is
// sent.
func Accept(w http.ResponseWriter, r *http.Request, options ...AcceptOptions) (*Conn, error) {
	o := acceptOptions("Accept", options)
	return accept(w, r, &o)
}

func accept(w http.ResponseWriter, r *http.Request, o *AcceptOptions) (*Conn, error) {
	ask, refusal := examine(r, o)
	if refusal != nil {
		refuse(w, r, refusal)
		return nil, refusal
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refusal = &HandshakeError{Status: http.StatusInternalServerError, reason: err.Error(), cause: err}
		refuse(w, r, refusal)
		return nil, refusal
	}
	c := newConn(conn, false, &o.Options, ask.bits, buffered(rw.Reader))
	c.subprotocol = ask.subprotocol
	_ = conn.SetDeadline(time.Time{})
	setWrite(conn, time.Now().Add(handshakeWait))
	if _, err := conn.Write(ask.answer(w.Header())); err != nil {
		_ = c.CloseNow()
		return nil, fmt.Errorf("ws: handshake: %w", err)
	}
	setWrite(conn, time.Time{})
	return c, nil
}

// buffered returns what has come behind the request.
func buffered(r *bufio.Reader) []byte {
	b, err := r.Peek(r.Buffered())
	if err != nil {
		panic(err) // they are there
	}
	return b
}

// A request is what a client asks for.
type request struct {
	key         string
	subprotocol string
	extension   string // as the answer has it
	bits        int
}

// examine returns what a request asks for, or why it is refused.
func examine(r *http.Request, o *AcceptOptions) (ask request, refusal *HandshakeError) {
	refuse := func(status int, reason string) (request, *HandshakeError) {
		return request{}, &HandshakeError{Status: status, reason: reason}
	}
	h := r.Header
	key, version := h["Sec-Websocket-Key"], h["Sec-Websocket-Version"]
	switch {
	case r.Method != http.MethodGet:
		return refuse(http.StatusMethodNotAllowed, "the method is not GET")
	case r.ProtoMajor != 1 || r.ProtoMinor < 1 || !lists(h["Connection"], "upgrade") || !lists(h["Upgrade"], "websocket"):
		return refuse(http.StatusUpgradeRequired, "the request asks for no WebSocket")
	case len(version) != 1:
		return refuse(http.StatusBadRequest, "Sec-WebSocket-Version is missing, or there twice")
	case version[0] != "13":
		return refuse(http.StatusUpgradeRequired, "Sec-WebSocket-Version is not 13")
	case len(key) != 1 || !validKey(key[0]):
		return refuse(http.StatusBadRequest, "Sec-WebSocket-Key is not 16 bytes in base64")
	case r.ContentLength != 0:
		return refuse(http.StatusBadRequest, "a handshake has no body")
	case !sameOrigin(r, o.Origins):
		return request{}, &HandshakeError{Status: http.StatusForbidden, reason: "the origin is not allowed", cause: ErrOrigin}
	}
	ask.key = key[0]
	offers, err := extensions(h["Sec-Websocket-Extensions"])
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	if o.Compress {
		ask.extension, ask.bits = choose(offers)
	}
	spoken, ok := tokens(h["Sec-Websocket-Protocol"])
	if !ok {
		return refuse(http.StatusBadRequest, "malformed subprotocols")
	}
	for _, p := range o.Subprotocols {
		if slices.Contains(spoken, p) {
			ask.subprotocol = p
			break
		}
	}
	return ask, nil
}

// answer returns the answer that accepts the request.
func (ask request) answer(fields http.Header) []byte {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
	b.WriteString(acceptKey(ask.key))
	b.WriteString("\r\n")
	if ask.subprotocol != "" {
		b.WriteString("Sec-WebSocket-Protocol: " + ask.subprotocol + "\r\n")
	}
	if ask.extension != "" {
		b.WriteString("Sec-WebSocket-Extensions: " + ask.extension + "\r\n")
	}
	_ = fields.WriteSubset(&b, ownFields) // a bytes.Buffer takes everything
	b.WriteString("\r\n")
	return b.Bytes()
}

// ownFields are those that only the handshake may set, and those of a body.
var ownFields = map[string]bool{
	"Upgrade": true, "Connection": true, "Sec-Websocket-Accept": true, "Sec-Websocket-Protocol": true,
	"Sec-Websocket-Extensions": true, "Content-Length": true, "Content-Type": true, "Transfer-Encoding": true, "Trailer": true,
}

// refuse answers a request that is not accepted.
func refuse(w http.ResponseWriter, r *http.Request, e *HandshakeError) {
	switch e.Status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodGet)
	case http.StatusUpgradeRequired:
		w.Header().Set("Sec-WebSocket-Version", "13")
		if r.ProtoMajor == 1 {
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
		}
	}
	e.Body = []byte("WebSocket handshake: " + e.reason + "\n")
	http.Error(w, strings.TrimSuffix(string(e.Body), "\n"), e.Status)
}

// lists reports whether a comma-separated list has the token, in upper or lower case.
func lists(fields []string, name string) bool {
	all, _ := tokens(fields)
	return slices.ContainsFunc(all, func(t string) bool { return strings.EqualFold(t, name) })
}

// tokens returns the tokens of comma-separated lists. It reports false for a malformed one.
func tokens(fields []string) (all []string, ok bool) {
	for _, field := range fields {
		for t := range strings.SplitSeq(field, ",") {
			switch t = strings.Trim(t, " \t"); {
			case token(t):
				all = append(all, t)
			case t != "":
				return all, false
			}
		}
	}
	return all, true
}

// validKey reports whether a key is 16 bytes in base64.
func validKey(key string) bool {
	b, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(b) == 16
}

// acceptKey returns what proves that the key was understood (RFC 6455, section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// A prefixed is a connection of which some bytes were read before.
type prefixed struct {
	net.Conn
	first []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.first) > 0 {
		n := copy(b, p.first)
		p.first = p.first[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}
