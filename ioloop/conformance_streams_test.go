//go:build unix && !aix

package ioloop_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// The behaviours of asyncio's streams that come with connections and servers. Those of
// its readers alone are in TestConformanceStreamReader.
func TestConformanceStreams(t *testing.T) {
	const prefix = "test_asyncio/test_streams/StreamTests/"
	get := func(t *testing.T, s *ioloop.Stream) {
		t.Helper()
		require.NoError(t, s.Send(t.Context(), []byte("GET / HTTP/1.0\r\n\r\n")))
		line, err := s.ReadLine(t.Context())
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.0 200 OK", string(line))
		rest, err := io.ReadAll(s)
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(string(rest), "\r\n\r\nTest message"))
	}
	for network, names := range map[string][4]string{
		"tcp":  {"test_open_connection", "test_open_connection_no_loop_ssl", "test_open_connection_error", "test_start_server"},
		"unix": {"test_open_unix_connection", "test_open_unix_connection_no_loop_ssl", "test_open_unix_connection_error", "test_start_unix_server"},
	} {
		t.Run(prefix+names[0], func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				site := website(t, network, false)
				s, err := l.Dial(t.Context(), network, site.Listener.Addr().String())
				require.NoError(t, err)
				get(t, s)
				require.NoError(t, s.Close())
			})
		})
		t.Run(prefix+names[1], func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				site := website(t, network, true)
				s, err := l.Dial(t.Context(), network, site.Listener.Addr().String())
				require.NoError(t, err)
				c := tls.Client(s, &tls.Config{InsecureSkipVerify: true})
				_, err = io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
				require.NoError(t, err)
				text, err := io.ReadAll(c)
				require.NoError(t, err)
				require.True(t, strings.HasSuffix(string(text), "\r\n\r\nTest message"))
				require.NoError(t, c.Close())
			})
		})
		t.Run(prefix+names[2], func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				site := website(t, network, false)
				failed := make(chan error, 1)
				l.Connect(t.Context(), network, site.Listener.Addr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
					return ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
						l.Post(ctx, func() { c.Abort(errSpam) })
						_, err := s.ReadSome(ctx, 1)
						failed <- err
						return nil
					})(c)
				})
				require.ErrorIs(t, <-failed, errSpam)
			})
		})
		t.Run(prefix+names[3], func(t *testing.T) {
			each(t, func(t *testing.T, l *ioloop.Loop) {
				for _, open := range []func(*ioloop.Conn) *ioloop.Handler{echo, echoLine} {
					addr := "127.0.0.1:0"
					if network == "unix" {
						addr = t.TempDir() + "/socket"
					}
					ln, err := net.Listen(network, addr)
					require.NoError(t, err)
					server, err := l.Serve(ln, open)
					require.NoError(t, err)
					s, err := l.Dial(t.Context(), network, ln.Addr().String())
					require.NoError(t, err)
					require.NoError(t, s.Send(t.Context(), []byte("hello world!\n")))
					line, err := s.ReadLine(t.Context())
					require.NoError(t, err)
					require.Equal(t, "hello world!", string(line))
					require.NoError(t, s.Close())
					require.NoError(t, server.Shutdown(t.Context()))
				}
			})
		})
	}
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) { each(t, f) })
	}
	sub("test_start_tls", func(t *testing.T, l *ioloop.Loop) {
		certificates := website(t, "tcp", true).TLS.Certificates
		server, err := l.Serve(listen(t), ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
			line, err := s.ReadLine(ctx)
			if err == nil {
				err = s.Send(ctx, append(line, '\n'))
			}
			if err != nil {
				return err
			}
			c := tls.Server(s, &tls.Config{Certificates: certificates})
			text, err := bufio.NewReader(c).ReadString('\n')
			if err == nil {
				_, err = io.WriteString(c, text)
			}
			return err
		}))
		require.NoError(t, err)
		s, err := l.Dial(t.Context(), "tcp", server.Addr().String())
		require.NoError(t, err)
		require.NoError(t, s.Send(t.Context(), []byte("hello world 1!\n")))
		line, err := s.ReadLine(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hello world 1!", string(line))
		c := tls.Client(s, &tls.Config{InsecureSkipVerify: true})
		send(t, c, "hello world 2!\n")
		expect(t, c, "hello world 2!\n")
		require.NoError(t, c.Close())
		require.NoError(t, server.Shutdown(t.Context()))
	})
	sub("test_read_all_from_pipe_reader", func(t *testing.T, l *ioloop.Loop) {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		cmd := exec.Command("sh", "-c", "printf data >&3")
		cmd.ExtraFiles = []*os.File{w}
		require.NoError(t, cmd.Start())
		require.NoError(t, w.Close())
		type all struct {
			text []byte
			err  error
		}
		read := make(chan all, 1)
		ended := make(chan int, 1)
		on(t, l, func() {
			require.NoError(t, l.Child(cmd.Process, func(state *os.ProcessState, _ error) { ended <- state.ExitCode() }))
			_, err := l.Adopt(r, ioloop.Streams(func(_ context.Context, s *ioloop.Stream) error {
				text, err := io.ReadAll(s)
				read <- all{text, err}
				return nil
			}), ioloop.ConnOptions{Unread: 1})
			require.NoError(t, err)
		})
		require.Zero(t, <-ended)
		require.Equal(t, all{[]byte("data"), nil}, <-read)
	})
	sub("test_drain_raises", func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		var wait sync.WaitGroup
		wait.Go(func() {
			if c, err := ln.Accept(); err == nil {
				c.Close()
			}
			ln.Close()
		})
		s, err := l.Dial(t.Context(), "tcp", ln.Addr().String())
		require.NoError(t, err)
		for err == nil {
			if err = s.Send(t.Context(), []byte("foo\n")); err == nil {
				err = s.Drain(t.Context())
			}
		}
		require.NotErrorIs(t, err, context.Canceled)
		wait.Wait()
	})
	sub("test_async_writer_api", func(t *testing.T, l *ioloop.Loop) {
		site := website(t, "tcp", false)
		s, err := l.Dial(t.Context(), "tcp", site.Listener.Addr().String())
		require.NoError(t, err)
		get(t, s)
		require.NoError(t, s.Close())
	})
	sub("test_async_writer_api_exception_after_close", func(t *testing.T, l *ioloop.Loop) {
		site := website(t, "tcp", false)
		s, err := l.Dial(t.Context(), "tcp", site.Listener.Addr().String())
		require.NoError(t, err)
		get(t, s)
		require.NoError(t, s.Close())
		require.ErrorIs(t, s.Send(t.Context(), []byte("data")), ioloop.ErrClosed)
		require.ErrorIs(t, s.Drain(t.Context()), ioloop.ErrClosed)
	})
	for name, f := range map[string]func(context.Context, *ioloop.Stream) error{
		"test_unhandled_exception": func(context.Context, *ioloop.Stream) error { panic("test") },
		"test_unhandled_cancel":    func(_ context.Context, s *ioloop.Stream) error { return s.Close() },
	} {
		t.Run(prefix+name, func(t *testing.T) {
			panicked := make(chan any, 1)
			l := running(t, "", ioloop.Options{Panic: func(e *ioloop.PanicError) { panicked <- e.Value }})
			server, err := l.Serve(listen(t), ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				s.ReadSome(ctx, 1)
				return f(ctx, s)
			}))
			require.NoError(t, err)
			s, err := l.Dial(t.Context(), "tcp", server.Addr().String())
			require.NoError(t, err)
			require.NoError(t, s.Send(t.Context(), []byte("test msg")))
			_, err = s.ReadSome(t.Context(), 1)
			require.Error(t, err)
			require.NoError(t, s.Close())
			require.NoError(t, server.Shutdown(t.Context()))
			if name == "test_unhandled_exception" {
				require.Equal(t, "test", <-panicked)
			} else {
				require.Empty(t, panicked)
			}
		})
	}
}

// echoLine answers with a line, in a goroutine.
func echoLine(c *ioloop.Conn) *ioloop.Handler {
	return ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
		line, err := s.ReadLine(ctx)
		if err == nil {
			err = s.Send(ctx, append(line, '\n'))
		}
		return err
	})(c)
}
