package ws

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers starts a server that answers one request with a text, in which KEY is what proves
// that it has understood the key, and returns its URL.
func answers(t *testing.T, text, behind string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		text := strings.ReplaceAll(text, "KEY", acceptKey(req.Header.Get("Sec-WebSocket-Key")))
		io.WriteString(conn, strings.ReplaceAll(text, "\n", "\r\n")+behind)
		if behind == "" {
			io.Copy(io.Discard, r)
		} else {
			frames(conn, true)
		}
	})
	return "ws://" + l.Addr().String()
}

// clientOf returns a client with a transport of its own.
func clientOf(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

const accepted = "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: KEY\n\n"

// Answers that are no acceptance.
func TestBadAnswers(t *testing.T) {
	for _, c := range []struct{ name, answer, reason, body string }{
		{"not found", "HTTP/1.1 404 Not Found\nContent-Length: 9\n\nnot here!", "the server does not accept a WebSocket (status 404)", "not here!"},
		{"a long body", "HTTP/1.1 500 No\nContent-Length: 10000\n\n" + strings.Repeat("x", 10000), "(status 500)", strings.Repeat("x", 4096)},
		{"a redirect", "HTTP/1.1 302 Found\nLocation: ws://127.0.0.1:1/\nContent-Length: 0\n\n", "(status 302)", ""},
		{"200", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "(status 200)", ""},
		{"a wrong key", strings.Replace(accepted, "KEY", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 1), "does not fit the key", ""},
		{"no key", strings.Replace(accepted, "Sec-WebSocket-Accept: KEY\n", "", 1), "does not fit the key", ""},
		{"two keys", strings.Replace(accepted, "Upgrade:", "Sec-WebSocket-Accept: KEY\nUpgrade:", 1), "does not fit the key", ""},
		{"no upgrade", strings.Replace(accepted, "Upgrade: websocket\n", "", 1), "another protocol", ""},
		{"another upgrade", strings.Replace(accepted, "Upgrade: websocket", "Upgrade: h2c", 1), "another protocol", ""},
		{"no connection", strings.Replace(accepted, "Connection: Upgrade\n", "", 1), "another protocol", ""},
		{"a subprotocol", strings.Replace(accepted, "Upgrade:", "Sec-WebSocket-Protocol: x\nUpgrade:", 1), "a subprotocol that was not offered", ""},
		{"two subprotocols", strings.Replace(accepted, "Upgrade:", "Sec-WebSocket-Protocol: a\nSec-WebSocket-Protocol: b\nUpgrade:", 1), "a subprotocol that was not offered", ""},
		{"an extension", strings.Replace(accepted, "Upgrade:", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\nUpgrade:", 1), "an extension that was not offered", ""},
		{"a malformed extension", strings.Replace(accepted, "Upgrade:", "Sec-WebSocket-Extensions: ;\nUpgrade:", 1), "malformed extensions", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Dial(t.Context(), answers(t, c.answer, ""), DialOptions{Options: Options{Subprotocols: []string{"a", "b"}}, Client: clientOf(t)})
			e, ok := errors.AsType[*HandshakeError](err)
			require.True(t, ok, "%v", err)
			assert.ErrorContains(t, err, c.reason)
			assert.Equal(t, c.body, string(e.Body))
			assert.NotNil(t, e.Header)
		})
	}
	for _, u := range []string{"ftp://x", "ws://x/#a", ":", "ws://"} {
		_, err := Dial(t.Context(), u)
		require.ErrorContains(t, err, "ws: Dial: ", u)
	}
	_, err := Dial(t.Context(), "ws://127.0.0.1:1")
	require.ErrorContains(t, err, "refused")
}

// Frames that come with the answer are not lost.
func TestDialTakesWhatCame(t *testing.T) {
	for _, size := range []int{1, 3000, 30_000} {
		payload := strings.Repeat("x", size)
		url := answers(t, accepted, string(encoded([]raw{{first: text1, payload: payload}, bye}, false)))
		c, err := Dial(t.Context(), url, DialOptions{Client: clientOf(t)})
		require.NoError(t, err)
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, payload, string(msg.Data))
		_, err = c.Read(t.Context())
		require.Equal(t, &CloseError{Code: Normal, Remote: true}, err)
	}
}

// The request, what of it the caller has a say in, and what both sides agree on.
func TestDialRequest(t *testing.T) {
	var got *http.Request
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(context.Background())
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		c, err := Accept(w, r, AcceptOptions{Options: Options{Subprotocols: []string{"v2", "v1"}, Compress: true}})
		if err != nil {
			t.Error(err)
			return
		}
		if c.Subprotocol() != "v2" || c.bits != 15 {
			t.Error(c.Subprotocol(), c.bits)
		}
		_ = echo(context.Background(), c)
	}))
	client := clientOf(t)
	client.Jar, _ = cookiejar.New(nil)
	client.Timeout = time.Hour
	o := DialOptions{Client: client, Options: Options{Subprotocols: []string{"v1", "v2"}, Compress: true}, Header: http.Header{
		"authorization": {"Bearer x"}, "Host": {"example.com"}, "Origin": {"http://example.com"}, "Sec-Websocket-Key": {"mine"},
	}}
	for i := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		c, err := Dial(ctx, url+"/path?q=1", o)
		require.NoError(t, err)
		cancel() // is for the handshake only
		assert.Equal(t, "v2", c.Subprotocol())
		assert.Equal(t, 15, int(c.bits))
		assert.Equal(t, "/path?q=1", got.URL.String())
		assert.Equal(t, "example.com", got.Host)
		assert.Equal(t, "Bearer x", got.Header.Get("Authorization"))
		assert.True(t, validKey(got.Header.Get("Sec-WebSocket-Key")))
		assert.Equal(t, "permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits", got.Header.Get("Sec-WebSocket-Extensions"))
		assert.Equal(t, i, len(got.Cookies()))
		require.NoError(t, c.Write(t.Context(), Text, []byte("x")))
		_, err = c.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, strings.TrimPrefix(url, "ws://"), c.RemoteAddr().String())
		assert.NotNil(t, c.LocalAddr())
		require.NoError(t, c.Close(Normal, ""))
	}
}

// Over TLS, where net/http would speak HTTP/2 otherwise; and through a proxy.
func TestDialTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(Handler(echo, AcceptOptions{OnError: failOn(t)}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	client := s.Client()
	proxied := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied++
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			t.Error(err)
			return
		}
		from, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(to, rw); to.Close() }()
		io.Copy(from, to)
		from.Close()
	}))
	defer proxy.Close()
	for _, through := range []bool{false, true} {
		if through {
			u, err := url.Parse(proxy.URL)
			require.NoError(t, err)
			client.Transport.(*http.Transport).Proxy = http.ProxyURL(u)
		}
		c, err := Dial(t.Context(), "wss"+strings.TrimPrefix(s.URL, "https"), DialOptions{Client: client})
		require.NoError(t, err)
		for _, size := range []int{0, 10, 100_000, 1 << 20} {
			want := strings.Repeat("x", size)
			var writing sync.WaitGroup
			writing.Go(func() {
				if err := c.Write(t.Context(), Text, []byte(want)); err != nil {
					t.Error(err)
				}
			})
			msg, err := c.Read(t.Context())
			require.NoError(t, err)
			require.True(t, want == string(msg.Data))
			writing.Wait()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err = c.Read(ctx)
		cancel()
		require.Equal(t, context.DeadlineExceeded, err)
		require.NoError(t, c.Write(t.Context(), Text, []byte("goes on")))
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, "goes on", string(msg.Data))
		require.NoError(t, c.Close(Normal, ""))
	}
	require.Equal(t, 1, proxied)
	client.CloseIdleConnections()
}

// A Write over TLS that is cut off ends the connection, even if it says that nothing was
// sent.
func TestCutWriteTLS(t *testing.T) {
	block := make(chan struct{})
	s := httptest.NewTLSServer(Handler(func(ctx context.Context, c *Conn) error {
		<-block
		return nil
	}))
	defer s.Close()
	defer close(block)
	c, err := Dial(t.Context(), "wss"+strings.TrimPrefix(s.URL, "https"), DialOptions{Client: s.Client()})
	require.NoError(t, err)
	var begin time.Time
	for {
		begin = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := c.Write(ctx, Binary, make([]byte, 1<<20))
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, ErrClosed)
			break
		}
	}
	require.Less(t, time.Since(begin), 4*time.Second, "tls.Conn would wait for 5 s to say goodbye")
	s.Client().CloseIdleConnections()
}

// The time for the handshake: of ctx, and of the client.
func TestDialTimeout(t *testing.T) {
	url := answers(t, "", "")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, errTest)
	defer cancel()
	_, err := Dial(ctx, url, DialOptions{Client: clientOf(t)})
	require.Equal(t, errTest, err)
	client := clientOf(t)
	client.Timeout = 10 * time.Millisecond
	_, err = Dial(t.Context(), answers(t, "", ""), DialOptions{Client: client})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A transport that tells of no connection gives none.
func TestDialStrangeTransport(t *testing.T) {
	client := &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		for name, values := range r.Header { // as it is sent, not as http.Header would have it
			if name == "Sec-WebSocket-Key" {
				h.Set("Sec-WebSocket-Accept", acceptKey(values[0]))
			}
		}
		return &http.Response{StatusCode: 101, Header: h, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	})}
	_, err := Dial(t.Context(), "ws://example.com", DialOptions{Client: client})
	require.ErrorContains(t, err, "no http.Transport")
	wrapping := clientOf(t)
	inner := wrapping.Transport
	wrapping.Transport = transportFunc(func(r *http.Request) (*http.Response, error) { return inner.RoundTrip(r) })
	url := serve(t, Handler(echo, AcceptOptions{OnError: failOn(t)}))
	c, err := Dial(t.Context(), url, DialOptions{Client: wrapping})
	require.NoError(t, err)
	require.NoError(t, c.Close(Normal, ""))
}
