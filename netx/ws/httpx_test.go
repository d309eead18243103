package ws

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/httpx"
)

// serveHTTPX starts a server of httpx, and returns its address and what ends it.
func serveHTTPX(t *testing.T, h http.Handler, o httpx.ServeOptions) (addr string, end func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- httpx.Serve(ctx, l, h, o) }()
	end = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = end() })
	return l.Addr().String(), end
}

// A server of httpx ends when its connections have: idle ones at once.
func TestServeDrains(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		scheme, client, o := "ws://", clientOf(t), httpx.ServeOptions{Grace: time.Minute}
		if encrypted {
			s := httptest.NewTLSServer(nil) // for its certificate
			defer s.Close()
			scheme, client = "wss://", s.Client()
			o.TLS = s.TLS.Clone()
			o.TLS.NextProtos = nil
		}
		addr, end := serveHTTPX(t, Handler(func(ctx context.Context, c *Conn) error {
			return echo(netx.Draining(ctx), c)
		}, AcceptOptions{OnError: failOn(t)}), o)
		var reading sync.WaitGroup
		for range 5 {
			c, err := Dial(t.Context(), scheme+addr, DialOptions{Client: client})
			require.NoError(t, err)
			require.NoError(t, c.Write(t.Context(), Text, []byte("x")))
			_, err = c.Read(t.Context())
			require.NoError(t, err)
			reading.Go(func() {
				_, err := c.Read(t.Context())
				if e, ok := errors.AsType[*CloseError](err); !ok || *e != (CloseError{Code: GoingAway, Remote: true}) {
					t.Error(err)
				}
			})
		}
		begin := time.Now()
		require.NoError(t, end())
		assert.Less(t, time.Since(begin), 20*time.Second)
		reading.Wait()
		client.CloseIdleConnections()
	}
}

// A connection whose handler does not see the end is cut after the grace, and counted.
func TestServeCuts(t *testing.T) {
	ended := make(chan error, 1)
	addr, end := serveHTTPX(t, Handler(func(ctx context.Context, c *Conn) error {
		<-ctx.Done()
		_, err := c.Read(ctx)
		ended <- err
		return err
	}, AcceptOptions{OnError: failOn(t)}), httpx.ServeOptions{Grace: 50 * time.Millisecond})
	c := dialTo(t, "ws://"+addr)
	require.Equal(t, &netx.CutError{Conns: 1}, end())
	require.ErrorIs(t, <-ended, netx.ErrClosed)
	_, err := c.Read(t.Context())
	require.Error(t, err)
}

// A connection that is silent for longer than the server lets a request be goes on.
func TestServeStall(t *testing.T) {
	addr, _ := serveHTTPX(t, Handler(echo), httpx.ServeOptions{Stall: 20 * time.Millisecond})
	c := dialTo(t, "ws://"+addr)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := c.Read(ctx)
	require.Equal(t, context.DeadlineExceeded, err)
	require.NoError(t, c.Write(t.Context(), Text, []byte("x")))
	msg, err := c.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, "x", string(msg.Data))
}
