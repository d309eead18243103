package netx_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/cert"
)

func TestServeHandshake(t *testing.T) {
	certificate, roots, err := cert.SelfSigned("localhost")
	require.NoError(t, err)
	secure := func(t *testing.T, o netx.ServeOptions) *running {
		l := tls.NewListener(listen(t), &tls.Config{Certificates: []tls.Certificate{certificate}})
		return serve(t, l, func(ctx context.Context, c net.Conn) error {
			secured, ok := c.(interface{ NetConn() net.Conn }).NetConn().(*tls.Conn)
			assert.True(t, ok)
			assert.True(t, secured.ConnectionState().HandshakeComplete)
			return echo(ctx, c)
		}, o)
	}
	t.Run("served", func(t *testing.T) {
		r := secure(t, netx.ServeOptions{})
		c := tls.Client(r.dial(t), &tls.Config{RootCAs: roots, ServerName: "localhost"})
		_, err := io.WriteString(c, "hello")
		require.NoError(t, err)
		require.NoError(t, c.CloseWrite())
		got, err := io.ReadAll(c)
		require.NoError(t, err, "the stream ends as TLS has it")
		assert.Equal(t, "hello", string(got))
		c.Close()
		assert.NoError(t, r.end())
		assert.Empty(t, r.errs.all())
	})
	t.Run("silent", func(t *testing.T) {
		r := secure(t, netx.ServeOptions{Handshake: 30 * time.Millisecond})
		_, err := r.dial(t).Read(make([]byte, 1))
		assert.Equal(t, io.EOF, err)
		eventually(t, "it is told", func() bool { return len(r.errs.all()) == 1 })
		assert.ErrorIs(t, r.errs.all()[0], context.DeadlineExceeded)
	})
	t.Run("nonsense", func(t *testing.T) {
		r := secure(t, netx.ServeOptions{})
		c := r.dial(t)
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\n\r\n")
		require.NoError(t, err)
		_, err = io.ReadAll(c)
		assert.NoError(t, err)
		eventually(t, "it is told", func() bool { return len(r.errs.all()) == 1 })
		assert.ErrorAs(t, r.errs.all()[0], new(tls.RecordHeaderError))
	})
	t.Run("at the end of the server", func(t *testing.T) {
		r := secure(t, netx.ServeOptions{Grace: time.Minute})
		r.dial(t)
		time.Sleep(5 * time.Millisecond)
		start := time.Now()
		assert.NoError(t, r.end())
		assert.Less(t, time.Since(start), 20*time.Second, "a connection without a handshake is idle")
		assert.Empty(t, r.errs.all())
	})
}
