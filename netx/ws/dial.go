package ws

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// bodyStart is how much of an answer that is none a HandshakeError keeps.
const bodyStart = 4 << 10

// Dial connects to the server of a URL whose scheme is ws, wss, http or https. The request is
// made by an *http.Client, so that its proxy, TLS configuration and cookies are used;
// redirects are not followed. ctx and the client's Timeout bound the handshake, not the
// connection.
//
// An answer that is no acceptance, or accepts what was not offered, is a [*HandshakeError].
// Other errors are those of the client, or the cause of ctx.
func Dial(ctx context.Context, url string, options ...DialOptions) (*Conn, error) {
	o := dialOptions(options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	client := *http.DefaultClient
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	bounded := ctx
	if client.Timeout > 0 {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, client.Timeout)
		defer cancel()
		client.Timeout = 0 // its body would be no connection
	}
	c, err := dial(bounded, &client, url, &o)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return c, err
}

func dial(ctx context.Context, client *http.Client, url string, o *DialOptions) (*Conn, error) {
	// The transport owns the connection, and tells of it. When it has handed the connection
	// over, what it gives has no deadlines.
	var traced atomic.Pointer[net.Conn]
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { traced.Store(&i.Conn) }}
	key := newKey()
	req, err := newRequest(httptrace.WithClientTrace(ctx, trace), url, key, o)
	if err != nil {
		return nil, fmt.Errorf("ws: Dial: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ws: Dial: %w", err)
	}
	subprotocol, bits, refusal := judge(resp, key, o)
	if refusal != nil {
		if resp.StatusCode != http.StatusSwitchingProtocols {
			refusal.Body, _ = io.ReadAll(io.LimitReader(resp.Body, bodyStart)) // as much as there is
		}
		resp.Body.Close()
		return nil, refusal
	}
	body, ok := resp.Body.(io.ReadWriteCloser)
	if conn := traced.Load(); ok && conn != nil {
		first, err := leftover(body, *conn)
		if err == nil {
			c := newConn(*conn, true, &o.Options, bits, first)
			c.subprotocol = subprotocol
			return c, nil
		}
		resp.Body.Close()
		return nil, fmt.Errorf("ws: Dial: %w", err)
	}
	resp.Body.Close()
	return nil, errors.New("ws: Dial: the client's transport is no http.Transport, and gives no connection")
}

// newRequest returns a handshake.
func newRequest(ctx context.Context, rawURL, key string, o *DialOptions) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	case "http", "https":
	default:
		return nil, fmt.Errorf("the scheme is %q, want ws or wss", u.Scheme)
	}
	if u.Fragment != "" {
		return nil, errors.New("the URL has a fragment")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	for name, values := range o.Header {
		if name = http.CanonicalHeaderKey(name); name == "Host" && len(values) > 0 {
			req.Host = values[0]
		} else if !strings.HasPrefix(name, "Sec-Websocket-") {
			req.Header[name] = slices.Clone(values)
		}
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	req.Header["Sec-WebSocket-Version"] = []string{"13"}
	req.Header["Sec-WebSocket-Key"] = []string{key}
	if len(o.Subprotocols) > 0 {
		req.Header["Sec-WebSocket-Protocol"] = []string{strings.Join(o.Subprotocols, ", ")}
	}
	if o.Compress {
		req.Header["Sec-WebSocket-Extensions"] = []string{deflateOffer}
	}
	return req, nil
}

// judge returns what a server has agreed to, or why its answer is none.
func judge(resp *http.Response, key string, o *DialOptions) (subprotocol string, bits int, refusal *HandshakeError) {
	refuse := func(reason string) (string, int, *HandshakeError) {
		return "", 0, &HandshakeError{Status: resp.StatusCode, Header: resp.Header, reason: reason}
	}
	h := resp.Header
	accept, spoken := h["Sec-Websocket-Accept"], h["Sec-Websocket-Protocol"]
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		return refuse("the server does not accept a WebSocket")
	case !lists(h["Connection"], "upgrade") || len(h["Upgrade"]) != 1 || !strings.EqualFold(h["Upgrade"][0], "websocket"):
		return refuse("the server switches to another protocol")
	case len(accept) != 1 || accept[0] != acceptKey(key):
		return refuse("Sec-WebSocket-Accept does not fit the key")
	case len(spoken) > 1 || len(spoken) == 1 && !slices.Contains(o.Subprotocols, spoken[0]):
		return refuse("a subprotocol that was not offered")
	}
	answers, err := extensions(h["Sec-Websocket-Extensions"])
	if err == nil {
		bits, err = agreed(answers, o.Compress)
	}
	if err != nil {
		return refuse(err.Error())
	}
	if len(spoken) == 1 {
		subprotocol = spoken[0]
	}
	return subprotocol, bits, nil
}

// newKey returns 16 bytes that nobody can guess, in base64.
func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// leftover returns what the transport has read beyond the answer. It takes that from body,
// with a deadline that has passed: then nothing is read from the connection itself.
func leftover(body io.Reader, conn net.Conn) (first []byte, err error) {
	if err := conn.SetReadDeadline(past); err != nil {
		return nil, err
	}
	space := buffers.Get().(*buffer)
	defer buffers.Put(space)
	for err == nil {
		var n int
		n, err = body.Read(space[:])
		first = append(first, space[:n]...)
	}
	if !timedOut(err) && err != io.EOF { // an end shows in the next Read, too
		return nil, err
	}
	return first, conn.SetReadDeadline(time.Time{})
}
