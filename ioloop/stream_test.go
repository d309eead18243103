//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// stream returns a stream over a carrier, and the other end.
func stream(t *testing.T, l *ioloop.Loop, k carrier, options ...ioloop.ConnOptions) (*ioloop.Stream, net.Conn) {
	t.Helper()
	made := make(chan *ioloop.Stream, 1)
	stop := make(chan struct{})
	c := k.dial(t, l, ioloop.Streams(func(_ context.Context, s *ioloop.Stream) error {
		made <- s
		<-stop
		return nil
	}), options...)
	t.Cleanup(func() { close(stop) })
	return <-made, c
}

func TestStreamReads(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		ctx := t.Context()
		s, c := stream(t, l, k)
		go func() {
			for _, part := range []string{"one\r", "\ntwo\nexactly", "some::until:", ":rest"} {
				io.WriteString(c, part)
				time.Sleep(time.Millisecond)
			}
			c.(interface{ CloseWrite() error }).CloseWrite()
		}()
		line, err := s.ReadLine(ctx)
		require.NoError(t, err)
		require.Equal(t, "one", string(line))
		line, err = s.ReadLine(ctx)
		require.NoError(t, err)
		require.Equal(t, "two", string(line))
		got, err := s.ReadExactly(ctx, 7)
		require.NoError(t, err)
		require.Equal(t, "exactly", string(got))
		got, err = s.ReadExactly(ctx, 0)
		require.NoError(t, err)
		require.Empty(t, got)
		for want := "some"; want != ""; want = want[len(got):] {
			got, err = s.ReadSome(ctx, len(want))
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(want, string(got)))
		}
		got, err = s.ReadUntil(ctx, []byte("::"))
		require.NoError(t, err)
		require.Equal(t, "::", string(got))
		got, err = s.ReadUntil(ctx, []byte("::"))
		require.NoError(t, err)
		require.Equal(t, "until::", string(got))
		_, err = s.ReadLine(ctx)
		var e *ioloop.IncompleteError
		require.ErrorAs(t, err, &e)
		require.Equal(t, ioloop.IncompleteError{Partial: []byte("rest")}, *e)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		for range 2 {
			_, err = s.ReadLine(ctx)
			require.ErrorIs(t, err, io.EOF)
			_, err = s.ReadExactly(ctx, 1)
			require.ErrorIs(t, err, io.EOF)
			_, err = s.ReadSome(ctx, 1)
			require.ErrorIs(t, err, io.EOF)
		}
	})
}

func TestStreamEndsEarly(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		s, c := stream(t, l, k)
		send(t, c, "12345")
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		_, err := s.ReadExactly(t.Context(), 10)
		var e *ioloop.IncompleteError
		require.ErrorAs(t, err, &e)
		require.Equal(t, ioloop.IncompleteError{Partial: []byte("12345"), Want: 10}, *e)
	})
}

// A call that gives up loses nothing.
func TestStreamGivesUp(t *testing.T) {
	cause := errors.New("cause")
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		s, c := stream(t, l, k)
		send(t, c, "part")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(3 * time.Millisecond)
			cancel(cause)
		}()
		_, err := s.ReadExactly(ctx, 100)
		require.ErrorIs(t, err, cause)
		_, err = s.ReadSome(ctx, 1)
		require.ErrorIs(t, err, cause, "takes nothing")
		got, err := s.ReadExactly(t.Context(), 4)
		require.NoError(t, err)
		require.Equal(t, "part", string(got))
		require.NoError(t, s.SetReadDeadline(time.Now().Add(time.Millisecond)))
		_, err = s.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_, err = s.ReadLine(t.Context())
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, s.SetReadDeadline(time.Time{}))
		send(t, c, "x\n")
		line, err := s.ReadLine(t.Context())
		require.NoError(t, err)
		require.Equal(t, "x", string(line))
	})
}

// A message above the limit is refused, and can be read in another way.
func TestStreamTooLong(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		s, c := stream(t, l, k, ioloop.ConnOptions{Unread: 10})
		for _, text := range []string{"12345678901\n", "1234567890\n"} {
			send(t, c, text)
			_, err := s.ReadLine(t.Context())
			var e *ioloop.TooLongError
			require.ErrorAs(t, err, &e)
			require.Equal(t, 10, e.Limit)
			got, err := s.ReadExactly(t.Context(), len(text))
			require.NoError(t, err)
			require.Equal(t, text, string(got))
		}
		send(t, c, "123456789\n")
		line, err := s.ReadLine(t.Context())
		require.NoError(t, err)
		require.Equal(t, "123456789", string(line))
		// ReadExactly has no limit but its number.
		much := bytes.Repeat([]byte("much"), 100_000)
		go c.Write(much)
		got, err := s.ReadExactly(t.Context(), len(much))
		require.NoError(t, err)
		require.True(t, bytes.Equal(much, got))
	})
}

// Send waits while too much is to be sent; Drain does for all that call it.
func TestStreamWrites(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		if strings.HasPrefix(k.name, "tcp") {
			t.Skip("the kernel's buffers grow for seconds")
		}
		s, c := stream(t, l, k, ioloop.ConnOptions{High: 64 << 10, Max: 64 << 10})
		sent := 0
		full := 0
		if k.name == "memory" {
			full = 128 << 10 // half of it in the memory, half in the connection
		}
		for stuck := 0; stuck < 3 || sent < full; { // until nothing takes more
			require.NoError(t, s.SetWriteDeadline(time.Now().Add(20*time.Millisecond)))
			n, err := s.Write(make([]byte, 64<<20))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			sent += n
			if stuck++; n > 0 {
				stuck = 0
			}
		}
		require.NoError(t, s.SetWriteDeadline(time.Time{}))
		if k.name == "memory" { // the kernel's buffers may grow meanwhile
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			require.ErrorIs(t, s.Drain(ctx), context.DeadlineExceeded)
			require.ErrorIs(t, s.Send(ctx, []byte("x")), context.DeadlineExceeded)
		}
		var wait sync.WaitGroup
		errs := make(chan error, 3)
		for range cap(errs) {
			wait.Go(func() { errs <- s.Drain(t.Context()) })
		}
		for read, b := 0, make([]byte, 1<<16); read < sent; {
			n, err := c.Read(b)
			require.NoError(t, err)
			read += n
		}
		wait.Wait()
		for range cap(errs) {
			require.NoError(t, <-errs)
		}
		require.NoError(t, s.Send(t.Context(), []byte("last")))
		require.NoError(t, s.CloseWrite())
		require.ErrorIs(t, s.CloseWrite(), ioloop.ErrClosed)
		require.ErrorIs(t, s.Send(t.Context(), []byte("x")), ioloop.ErrClosed)
		rest, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "last", string(rest))
	})
}

func TestStreamClose(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		s, c := stream(t, l, k)
		require.NoError(t, s.Send(t.Context(), []byte("sent before the end")))
		var wait sync.WaitGroup
		errs := make(chan error, 1)
		wait.Go(func() {
			_, err := s.ReadSome(t.Context(), 1)
			errs <- err
		})
		require.NoError(t, s.Close())
		require.ErrorIs(t, s.Close(), ioloop.ErrClosed)
		require.ErrorIs(t, <-errs, net.ErrClosed)
		require.ErrorIs(t, s.Drain(t.Context()), net.ErrClosed)
		require.ErrorIs(t, s.SetDeadline(time.Now()), net.ErrClosed)
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "sent before the end", string(got))
	})
}

// What ends the connection is told to readers and writers that wait.
func TestStreamReset(t *testing.T) {
	over(t, func(t *testing.T, l *ioloop.Loop, k carrier) {
		s, c := stream(t, l, k)
		tcp, ok := c.(*net.TCPConn)
		if !ok {
			t.Skip("it has no reset")
		}
		require.NoError(t, tcp.SetLinger(0))
		require.NoError(t, tcp.Close())
		_, err := s.ReadSome(t.Context(), 1)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.ErrorIs(t, s.Send(t.Context(), []byte("x")), syscall.ECONNRESET)
	})
}

// The function of Streams that returns an error aborts, one that panics panics.
func TestStreamsFunction(t *testing.T) {
	for _, k := range carriers() {
		t.Run(k.name, func(t *testing.T) {
			panicked := make(chan any, 1)
			l := running(t, k.backend, ioloop.Options{Panic: func(e *ioloop.PanicError) { panicked <- e.Value }})
			c := k.dial(t, l, ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				line, err := s.ReadLine(ctx)
				if err == nil {
					err = s.Send(ctx, append(line, '!'))
				}
				return err
			}))
			send(t, c, "hello\n")
			got, err := io.ReadAll(c)
			require.NoError(t, err)
			require.Equal(t, "hello!", string(got))

			c = k.dial(t, l, ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				s.ReadSome(ctx, 1)
				return errors.New("failure")
			}))
			send(t, c, "x")
			_, err = io.ReadAll(c)
			if !strings.HasPrefix(k.name, "unix") {
				require.Error(t, err)
			}

			c = l.Pipe(ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error { panic("no luck") }))
			require.Equal(t, "no luck", <-panicked)
			io.ReadAll(c)

			// ctx ends with the connection.
			ended := make(chan error, 1)
			c = k.dial(t, l, ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
				s.ReadSome(ctx, 1)
				s.Close()
				<-ctx.Done()
				ended <- ctx.Err()
				return nil
			}))
			c.Close()
			require.ErrorIs(t, <-ended, context.Canceled)
		})
	}
}

func TestDial(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		server, err := l.Serve(ln, echo)
		require.NoError(t, err)
		s, err := l.Dial(t.Context(), "tcp", server.Addr().String())
		require.NoError(t, err)
		require.Equal(t, server.Addr().String(), s.RemoteAddr().String())
		send(t, s, "hello")
		expect(t, s, "hello")
		require.Equal(t, 1, server.Conns())
		require.NoError(t, s.Close())
		require.NoError(t, server.Shutdown(t.Context()))

		_, err = l.Dial(t.Context(), "tcp", server.Addr().String())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		_, err = l.Dial(t.Context(), "carrier-pigeon", "coop:1")
		require.ErrorContains(t, err, "carrier-pigeon")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("cause"))
		_, err = l.Dial(ctx, "tcp", server.Addr().String())
		require.EqualError(t, err, "cause")
		require.NoError(t, l.Close())
		_, err = l.Dial(t.Context(), "tcp", server.Addr().String())
		require.ErrorIs(t, err, ioloop.ErrClosed)
	})
}

func TestStreamMisuse(t *testing.T) {
	polledAndRing(t, func(t *testing.T, l *ioloop.Loop) {
		s, _ := stream(t, l, carrier{dial: dialMemory})
		require.PanicsWithValue(t, "ioloop: ReadSome of 0 bytes, want at least 1", func() { s.ReadSome(background, 0) })
		require.PanicsWithValue(t, "ioloop: ReadExactly of -1 bytes, want at least 0", func() { s.ReadExactly(background, -1) })
		require.PanicsWithValue(t, "ioloop: ReadUntil of an empty separator", func() { s.ReadUntil(background, nil) })
		require.PanicsWithValue(t, "ioloop: Streams of a nil function", func() { ioloop.Streams(nil) })
	})
}
