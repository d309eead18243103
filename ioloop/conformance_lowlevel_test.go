//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of asyncio's operations on sockets, which are those of streams here. They
// are there over every backend, as CPython's are with every selector.
func TestConformanceSockets(t *testing.T) {
	const prefix = "test_asyncio/test_sock_lowlevel/BaseSockTestsMixin/"
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) { each(t, f) })
	}
	for network, name := range map[string]string{"tcp": "test_sock_client_ops", "unix": "test_unix_sock_client_ops"} {
		sub(name, func(t *testing.T, l *ioloop.Loop) {
			site := website(t, network, false)
			for _, into := range []bool{false, true} {
				s, err := l.Dial(t.Context(), network, site.Listener.Addr().String())
				require.NoError(t, err)
				require.NoError(t, s.Send(t.Context(), []byte("GET / HTTP/1.0\r\n\r\n")))
				b := make([]byte, 1024)
				if into {
					var n int
					n, err = s.Read(b)
					b = b[:n]
				} else {
					b, err = s.ReadSome(t.Context(), 1024)
				}
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(string(b), "HTTP/1.0 200 OK"))
				require.NoError(t, s.Close())
			}
		})
	}
	sub("test_sock_client_racing", func(t *testing.T, l *ioloop.Loop) {
		site := website(t, "tcp", false)
		s, err := l.Dial(t.Context(), "tcp", site.Listener.Addr().String())
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := s.ReadSome(ctx, 1024)
			done <- err
		}()
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		require.NoError(t, s.Send(t.Context(), []byte("GET / HTTP/1.0\r\n\r\n")))
		b, err := s.ReadSome(t.Context(), 1024)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(b), "HTTP/1.0 200 OK"))
		require.NoError(t, s.Close())
	})
	t.Run(prefix+"test_sock_client_racing", func(t *testing.T) { // of writes
		bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			made := make(chan *ioloop.Stream)
			c := l.Pipe(ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				made <- s
				<-ctx.Done()
				return nil
			}))
			go l.Run(background)
			s := <-made
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- s.Send(ctx, bytes.Repeat([]byte(" "), 8<<20)) }()
			synctest.Wait() // it is blocked
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
			go func() {
				done <- errors.Join(s.Send(background, []byte("world")), s.CloseWrite())
			}()
			got, err := io.ReadAll(c)
			require.NoError(t, err)
			require.NoError(t, <-done)
			require.Equal(t, "world", string(bytes.TrimSpace(got)))
			require.NoError(t, c.Close())
		})
	})
	sub("test_sock_client_connect_racing", func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		addr := ln.Addr().String()
		require.NoError(t, ln.Close())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := l.Dial(ctx, "tcp", addr)
			done <- err
		}()
		cancel()
		require.Error(t, <-done)
		ln, err := net.Listen("tcp", addr)
		require.NoError(t, err)
		defer ln.Close()
		s, err := l.Dial(t.Context(), "tcp", addr)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	})
	for name, into := range map[string]bool{"test_huge_content": false, "test_huge_content_recvinto": true} {
		sub(name, func(t *testing.T, l *ioloop.Loop) {
			server, err := l.Serve(listen(t), echo)
			require.NoError(t, err)
			s, err := l.Dial(t.Context(), "tcp", server.Addr().String())
			require.NoError(t, err)
			want := bytes.Repeat([]byte("0123456789"), 100_000)
			sent := make(chan error, 1)
			go func() { sent <- errors.Join(s.Send(background, want), s.CloseWrite()) }()
			var got []byte
			for err == nil {
				b := make([]byte, len(want))
				if into {
					var n int
					n, err = s.Read(b)
					b = b[:n]
				} else {
					b, err = s.ReadSome(t.Context(), len(want))
				}
				got = append(got, b...)
			}
			require.ErrorIs(t, err, io.EOF)
			require.NoError(t, <-sent)
			require.True(t, bytes.Equal(want, got))
			require.NoError(t, s.Close())
		})
	}
	sub("test_sock_client_fail", func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		require.NoError(t, ln.Close())
		_, err := l.Dial(t.Context(), "tcp", ln.Addr().String())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	})
	sub("test_sock_accept", func(t *testing.T, l *ioloop.Loop) {
		j := newJournal()
		server, err := l.Serve(listen(t), j.open)
		require.NoError(t, err)
		c := dial(t, server)
		conn := <-j.conn
		on(t, l, func() {
			require.Equal(t, c.LocalAddr().String(), conn.RemoteAddr().String())
			require.Equal(t, c.RemoteAddr().String(), conn.LocalAddr().String())
		})
		require.Equal(t, c.RemoteAddr().String(), server.Addr().String())
	})
	sub("test_cancel_sock_accept", func(t *testing.T, l *ioloop.Loop) {
		server, err := l.Serve(listen(t), echo)
		require.NoError(t, err)
		require.NoError(t, server.Shutdown(t.Context()))
		_, err = l.Dial(t.Context(), "tcp", server.Addr().String())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	})
	sub("test_create_connection_sock", func(t *testing.T, l *ioloop.Loop) {
		site := website(t, "tcp", false)
		c, err := net.Dial("tcp", site.Listener.Addr().String())
		require.NoError(t, err)
		j := newJournal()
		on(t, l, func() {
			conn, err := l.Adopt(c.(syscall.Conn), j.open)
			require.NoError(t, err)
			conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		})
		require.NotEmpty(t, <-j.data)
		<-j.eof
		conn := <-j.conn
		on(t, l, func() { conn.Close() })
		require.NoError(t, <-j.closed)
	})
}
