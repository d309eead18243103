package ws

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handshake is a request that is accepted.
const handshake = "GET /chat HTTP/1.1\nHost: example.com\nUpgrade: websocket\nConnection: keep-alive, Upgrade\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\nOrigin: http://example.com\n\n"

// request sends a request over TCP and returns the answer. behind is sent with it.
func ask(t *testing.T, url, text, behind string) (*http.Response, net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n")+behind)
	require.NoError(t, err)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	require.NoError(t, err)
	return resp, conn, r
}

// What is wrong with a handshake, and the answer.
func TestRefusals(t *testing.T) {
	refused := make(chan error, 1)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, AcceptOptions{Origins: []string{"https://other.example"}, Options: Options{Compress: true, Subprotocols: []string{"b", "a"}}})
		if err == nil {
			_ = c.CloseNow()
		}
		refused <- err
	}))
	for _, c := range []struct {
		name, old, new string
		status         int
		field          string // that the answer has
	}{
		{"nothing", "", "", 101, ""},
		{"lower case", "Upgrade: websocket\nConnection: keep-alive, Upgrade", "upgrade: WebSocket\nconnection: upgrade", 101, ""},
		{"two fields", "Connection: keep-alive, Upgrade", "Connection: keep-alive\nConnection: Upgrade", 101, ""},
		{"no origin", "Origin: http://example.com\n", "", 101, ""},
		{"a listed origin", "Origin: http://example.com", "Origin: https://other.example", 101, ""},
		{"POST", "GET", "POST", 405, "Allow: GET"},
		{"HTTP/1.0", "HTTP/1.1", "HTTP/1.0", 426, ""},
		{"no upgrade", "Upgrade: websocket\n", "", 426, "Upgrade: websocket"},
		{"another upgrade", "Upgrade: websocket", "Upgrade: h2c", 426, "Upgrade: websocket"},
		{"no connection", "Connection: keep-alive, Upgrade\n", "", 426, "Connection: Upgrade"},
		{"a connection that is kept", "keep-alive, Upgrade", "keep-alive", 426, "Connection: Upgrade"},
		{"version 12", "Version: 13", "Version: 12", 426, "Sec-Websocket-Version: 13"},
		{"no version", "Sec-WebSocket-Version: 13\n", "", 400, ""},
		{"two versions", "Sec-WebSocket-Version: 13\n", "Sec-WebSocket-Version: 13\nSec-WebSocket-Version: 13\n", 400, ""},
		{"no key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n", "", 400, ""},
		{"a short key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", 400, ""},
		{"a key that is no base64", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ!==", 400, ""},
		{"two keys", "Sec-WebSocket-Version", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version", 400, ""},
		{"a body", "Origin:", "Content-Length: 1\nOrigin:", 400, ""},
		{"a body in chunks", "Origin:", "Transfer-Encoding: chunked\nOrigin:", 400, ""},
		{"a foreign origin", "http://example.com\n", "http://evil.example\n", 403, ""},
		{"the null origin", "http://example.com\n", "null\n", 403, ""},
		{"two origins", "Origin:", "Origin: http://example.com\nOrigin:", 403, ""},
		{"malformed extensions", "Origin:", "Sec-WebSocket-Extensions: a;;b\nOrigin:", 400, ""},
		{"empty extensions", "Origin:", "Sec-WebSocket-Extensions: \nOrigin:", 400, ""},
		{"malformed subprotocols", "Origin:", "Sec-WebSocket-Protocol: a b\nOrigin:", 400, ""},
		{"subprotocols", "Origin:", "Sec-WebSocket-Protocol: x, a\nSec-WebSocket-Protocol: b\nOrigin:", 101, "Sec-Websocket-Protocol: b"},
		{"other subprotocols", "Origin:", "Sec-WebSocket-Protocol: x\nOrigin:", 101, ""},
		{"deflate", "Origin:", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\nOrigin:", 101,
			"Sec-Websocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"another extension", "Origin:", "Sec-WebSocket-Extensions: x-bzip2\nOrigin:", 101, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(handshake, c.old, c.new, 1)
			resp, _, _ := ask(t, url, text, "0\r\n\r\n") // a body, if there should be one
			err := <-refused
			assert.Equal(t, c.status, resp.StatusCode)
			if name, value, ok := strings.Cut(c.field, ": "); ok {
				assert.Equal(t, value, resp.Header.Get(name))
			}
			if c.status == 101 {
				require.NoError(t, err)
				assert.Equal(t, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", resp.Header.Get("Sec-WebSocket-Accept"))
				for _, name := range []string{"Sec-Websocket-Protocol", "Sec-Websocket-Extensions"} {
					assert.Equal(t, strings.Contains(c.field, name), resp.Header.Get(name) != "", name)
				}
				return
			}
			e, ok := errors.AsType[*HandshakeError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.status, e.Status)
			assert.Equal(t, c.status == 403, errors.Is(err, ErrOrigin))
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, string(e.Body), string(body))
		})
	}
}

// Who may connect from where.
func TestOrigins(t *testing.T) {
	for _, c := range []struct {
		host, origin, sites string
		want                bool
	}{
		{"example.com", "http://example.com", "", true},
		{"example.com", "https://EXAMPLE.com", "", true},
		{"example.com:443", "https://example.com", "", true},
		{"example.com", "https://example.com:443", "", true},
		{"example.com:80", "http://example.com", "", true},
		{"example.com:443", "http://example.com", "", false},
		{"example.com:8080", "http://example.com", "", false},
		{"example.com:8080", "http://example.com:8080", "", true},
		{"[::1]:8080", "http://[::1]:8080", "", true},
		{"example.com", "http://example.com.evil.net", "", false},
		{"example.com", "http://evil-example.com", "", false},
		{"example.com", "http://example.com@evil.net", "", false},
		{"example.com", "http://evil.net@example.com", "", false},
		{"example.com", "http://example.com/", "", false},
		{"example.com", "http://example.com?", "", false},
		{"example.com", "example.com", "", false},
		{"example.com", "null", "", false},
		{"example.com", "", "", false},
		{"example.com", "file://", "", false},
		{"example.com", "://", "", false},
		{"example.com", "https://a.net", "https://a.net", true},
		{"example.com", "https://a.net:443", "https://a.net", true},
		{"example.com", "http://a.net", "https://a.net", false},
		{"example.com", "http://a.net", "a.net", true},
		{"example.com", "http://a.net:81", "a.net", false},
		{"example.com", "http://b.a.net", "a.net", false},
		{"example.com", "http://b.a.net", "b.net *.a.net", true},
		{"example.com", "https://c.b.a.net", "https://*.a.net", true},
		{"example.com", "http://a.net", "*.a.net", false},
		{"example.com", "http://ba.net", "*.a.net", false},
		{"example.com", "http://.a.net", "*.a.net", false},
		{"example.com", "http://anything", "*", true},
		{"example.com", "null", "*", true},
	} {
		r := &http.Request{Host: c.host, Header: http.Header{"Origin": {c.origin}}}
		assert.Equal(t, c.want, sameOrigin(r, strings.Fields(c.sites)), "%+v", c)
	}
}

// Frames that come with the handshake are not lost, nor are the header fields that were set.
func TestAcceptTakesWhatCame(t *testing.T) {
	for _, size := range []int{1, 3000, 30_000} {
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Connection", "close")
			c, err := Accept(w, r)
			if err != nil {
				t.Error(err)
				return
			}
			if err := echo(r.Context(), c); err != nil {
				t.Error(err)
			}
		}))
		payload := strings.Repeat("x", size)
		resp, conn, r := ask(t, url, handshake, string(encoded([]raw{{first: text1, payload: payload}, bye}, true)))
		assert.Equal(t, "session=1", resp.Header.Get("Set-Cookie"))
		assert.Equal(t, []string{"Upgrade"}, resp.Header["Connection"])
		assert.Empty(t, resp.Header["Content-Length"])
		got := frames(&prefixed{conn, buffered(r)}, false)
		require.NoError(t, got.err)
		require.Len(t, got.data, 1)
		require.Equal(t, payload, string(got.data[0].Payload))
		require.Equal(t, []string{"close 1000 (normal) "}, got.control)
	}
	// More than the buffer of a Conn, from a server with larger ones.
	o := Options{}.filled("test")
	ours, theirs := net.Pipe()
	defer theirs.Close()
	payload := strings.Repeat("y", 3*bufferSize)
	c := newConn(ours, false, &o, 0, raw{first: bin1, payload: payload}.append(nil, true))
	msg, err := c.Read(t.Context())
	require.NoError(t, err)
	require.True(t, payload == string(msg.Data))
	_ = c.CloseNow()
}

// A ResponseWriter that cannot give its connection away.
func TestAcceptWithoutHijacker(t *testing.T) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(handshake, "\n", "\r\n"))))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	_, err = Accept(w, r)
	require.ErrorIs(t, err, http.ErrNotSupported)
	require.Equal(t, 500, w.Code)
	r.ProtoMajor = 2
	w = httptest.NewRecorder()
	_, err = Accept(w, r)
	require.EqualError(t, err, "ws: handshake: the request asks for no WebSocket (status 426)")
	require.Empty(t, w.Header().Get("Upgrade"), "HTTP/2 has no such field")
}

// The offers of compression, and the answers to them.
func TestChoose(t *testing.T) {
	const both = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	for _, c := range []struct {
		offers, want string
		bits         int
	}{
		{"permessage-deflate", both, 15},
		{"permessage-deflate; client_max_window_bits", both, 15},
		{"permessage-deflate; client_max_window_bits=9", both, 15},
		{"permessage-deflate; server_no_context_takeover; client_no_context_takeover", both, 15},
		{"permessage-deflate; server_max_window_bits=10", both + "; server_max_window_bits=10", 10},
		{`permessage-deflate; server_max_window_bits="8"`, both + "; server_max_window_bits=8", 8},
		{"permessage-deflate; server_max_window_bits=15", both + "; server_max_window_bits=15", 15},
		{"permessage-deflate; server_max_window_bits=7, permessage-deflate", both, 15},
		{"x-other; a=1, permessage-deflate; server_max_window_bits=12", both + "; server_max_window_bits=12", 12},
		{"permessage-deflate; server_max_window_bits=16", "", 0},
		{"permessage-deflate; server_max_window_bits=09", "", 0},
		{"permessage-deflate; server_max_window_bits", "", 0},
		{`permessage-deflate; server_max_window_bits=""`, "", 0},
		{"permessage-deflate; server_max_window_bits=x", "", 0},
		{"permessage-deflate; client_max_window_bits=7", "", 0},
		{"permessage-deflate; client_max_window_bits; client_max_window_bits=9", "", 0},
		{"permessage-deflate; server_no_context_takeover=1", "", 0},
		{"permessage-deflate; server_no_context_takeover; server_no_context_takeover", "", 0},
		{"permessage-deflate; unknown", "", 0},
		{"permessage-deflate-2", "", 0},
	} {
		offers, err := extensions([]string{c.offers})
		require.NoError(t, err)
		answer, bits := choose(offers)
		assert.Equal(t, c.want, answer, c.offers)
		assert.Equal(t, c.bits, bits, c.offers)
		if answer != "" { // what a server of ours answers a client of ours takes
			answers, err := extensions([]string{answer})
			require.NoError(t, err)
			_, err = agreed(answers, true)
			require.NoError(t, err)
		}
	}
}

// The answers to our offer.
func TestAgreed(t *testing.T) {
	const no = "server_no_context_takeover"
	for _, c := range []struct {
		answer  string
		offered bool
		bits    int
		fails   bool
	}{
		{"", true, 0, false},
		{"", false, 0, false},
		{"permessage-deflate; " + no, true, 15, false},
		{"permessage-deflate; " + no + "; client_no_context_takeover", true, 15, false},
		{"permessage-deflate; " + no + "; client_max_window_bits=8", true, 8, false},
		{"permessage-deflate; " + no + "; server_max_window_bits=8", true, 15, false},
		{"permessage-deflate; " + no + "; client_max_window_bits", true, 0, true},
		{"permessage-deflate; " + no, false, 0, true},
		{"permessage-deflate", true, 0, true},
		{"permessage-deflate; " + no + ", permessage-deflate; " + no, true, 0, true},
		{"x-other", true, 0, true},
		{"permessage-deflate; " + no + "; unknown=1", true, 0, true},
		{"permessage-deflate; " + no + "; client_max_window_bits=7", true, 0, true},
	} {
		var fields []string
		if c.answer != "" {
			fields = []string{c.answer}
		}
		answers, err := extensions(fields)
		require.NoError(t, err)
		bits, err := agreed(answers, c.offered)
		assert.Equal(t, c.bits, bits, c.answer)
		assert.Equal(t, c.fails, err != nil, "%s: %v", c.answer, err)
	}
}

// No header makes the parsing of extensions panic, and what a server answers a client takes.
func FuzzExtensions(f *testing.F) {
	f.Add("permessage-deflate; client_max_window_bits, x; y=\"z\"")
	f.Add(deflateOffer)
	f.Fuzz(func(t *testing.T, field string) {
		offers, err := extensions([]string{field})
		if err != nil {
			return
		}
		_, _ = agreed(offers, true)
		answer, bits := choose(offers)
		if (answer == "") != (bits == 0) || bits > 15 {
			t.Fatal(answer, bits)
		}
		if answer == "" {
			return
		}
		answers, err := extensions([]string{answer})
		if err == nil {
			_, err = agreed(answers, true)
		}
		if err != nil {
			t.Fatal(answer, err)
		}
	})
}
