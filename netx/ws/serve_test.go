package ws

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// serve starts a server of net/http, which the test's end stops, and returns its URL.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

// echo sends back what comes.
func echo(ctx context.Context, c *Conn) error {
	for msg, err := range c.All(ctx) {
		if err != nil {
			return err
		}
		if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
			return err
		}
	}
	return nil
}

// dialTo connects to a URL, and closes the connection at the test's end.
func dialTo(t *testing.T, url string, options ...DialOptions) *Conn {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	var o DialOptions
	if len(options) > 0 {
		o = options[0]
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: transport}
	}
	c, err := Dial(t.Context(), url, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// failOn is an OnError that fails the test.
func failOn(t *testing.T) func(net.Addr, error) {
	return func(_ net.Addr, err error) { t.Errorf("a handler failed: %v", err) }
}

func TestEcho(t *testing.T) {
	for _, compress := range []bool{false, true} {
		t.Run(map[bool]string{false: "plain", true: "compressed"}[compress], func(t *testing.T) {
			o := Options{Compress: compress, MaxMessage: 8 << 20}
			url := serve(t, Handler(echo, AcceptOptions{Options: o, OnError: failOn(t)}))
			c := dialTo(t, url, DialOptions{Options: o})
			for _, size := range []int{0, 1, 125, 126, 1000, 16<<10 - 4, 16 << 10, 65535, 65536, 1 << 20, 5 << 20} {
				want := strings.Repeat("0123456789abcdefg", size/17+1)[:size]
				require.NoError(t, c.Write(t.Context(), Text, []byte(want)))
				msg, err := c.Read(t.Context())
				require.NoError(t, err)
				require.Equal(t, Text, msg.Kind)
				require.True(t, want == string(msg.Data), "a message of %d bytes", size)
			}
			require.NoError(t, c.Close(Normal, "done"))
		})
	}
}
