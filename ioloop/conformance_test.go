//go:build unix && !aix

package ioloop_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

var errSpam = errors.New("spam")

// A fed is a stream, its connection, and the other end, which feeds it.
type fed struct {
	*ioloop.Stream
	conn *ioloop.Conn
	far  net.Conn
	loop *ioloop.Loop
}

func feed(t *testing.T, l *ioloop.Loop, k carrier, options ...ioloop.ConnOptions) fed {
	t.Helper()
	made := make(chan fed, 1)
	stop := make(chan struct{})
	far := k.dial(t, l, func(c *ioloop.Conn) *ioloop.Handler {
		return ioloop.Streams(func(_ context.Context, s *ioloop.Stream) error {
			made <- fed{s, c, nil, l}
			<-stop
			return nil
		})(c)
	}, options...)
	t.Cleanup(func() { close(stop) })
	f := <-made
	f.far = far
	return f
}

// data sends each part, from the other end.
func (f fed) data(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		send(t, f.far, part)
	}
}

// eof sends no more.
func (f fed) eof(t *testing.T) {
	t.Helper()
	require.NoError(t, f.far.(interface{ CloseWrite() error }).CloseWrite())
}

// fails ends the connection with errSpam.
func (f fed) fails(t *testing.T) { t.Helper(); on(t, f.loop, func() { f.conn.Abort(errSpam) }) }

// left is what the stream has still: exactly this, and not yet read.
func (f fed) left(t *testing.T, want string) {
	t.Helper()
	got, err := f.ReadExactly(t.Context(), len(want))
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func (f fed) line(t *testing.T, want string) {
	t.Helper()
	got, err := f.ReadLine(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func (f fed) until(t *testing.T, sep, want string) {
	t.Helper()
	got, err := f.ReadUntil(t.Context(), []byte(sep))
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// A website answers every request with a test message, over network, and with TLS if told.
func website(t *testing.T, network string, tls bool) *httptest.Server {
	t.Helper()
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = filepath.Join(t.TempDir(), "socket")
	}
	ln, err := net.Listen(network, addr)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("Test message"))
	}))
	require.NoError(t, s.Listener.Close())
	s.Listener = ln
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}
