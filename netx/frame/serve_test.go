package frame_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/frame"
)

// A server runs until the test ends.
type server struct {
	addr string
	stop context.CancelFunc
	done chan error
	errs chan error // what OnError got
}

func serve(t *testing.T, codec frame.Codec, handle func(context.Context, []byte) ([]byte, error), o frame.ServeOptions) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	s := &server{l.Addr().String(), stop, make(chan error, 1), make(chan error, 100)}
	o.OnError = func(_ net.Addr, err error) { s.errs <- err }
	go func() { s.done <- frame.Serve(ctx, l, codec, handle, o) }()
	t.Cleanup(func() { stop(); <-s.done })
	return s
}

func (s *server) end() error {
	s.stop()
	err := <-s.done
	s.done <- nil
	return err
}

func (s *server) dial(t *testing.T, codec frame.Codec) *frame.Conn {
	t.Helper()
	c, err := frame.Dial(t.Context(), "tcp", s.addr, codec)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.NetConn().SetDeadline(time.Now().Add(time.Minute)))
	return c
}

// ask sends a message and reads the answer.
func ask(t *testing.T, c *frame.Conn, msg string) string {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, c.Write(ctx, []byte(msg)))
	got, err := c.Read(ctx)
	require.NoError(t, err)
	return string(got)
}

func echo(_ context.Context, msg []byte) ([]byte, error) { return msg, nil }

func TestServe(t *testing.T) {
	s := serve(t, length4, echo, frame.ServeOptions{})
	c := s.dial(t, length4)
	assert.Equal(t, "hello", ask(t, c, "hello"))
	assert.Equal(t, "", ask(t, c, ""), "an empty message has an answer, too")
	for i := range 1000 {
		require.NoError(t, c.WriteBuffered(t.Context(), fmt.Append(nil, i)))
	}
	for i := range 1000 {
		msg, err := c.Read(context.Background())
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i), string(msg))
	}
	assert.NoError(t, s.end())
	_, err := c.Read(context.Background())
	assert.Equal(t, io.EOF, err, "a clean end")
	assert.Empty(t, s.errs)
}

// An answer does not wait for the next message's handler.
func TestServeSendsWhileItWorks(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, length4, func(_ context.Context, msg []byte) ([]byte, error) {
		if string(msg) == "slow" {
			<-release
		}
		return msg, nil
	}, frame.ServeOptions{})
	c := s.dial(t, length4)
	require.NoError(t, c.WriteBuffered(t.Context(), []byte("fast")))
	require.NoError(t, c.Write(t.Context(), []byte("slow")))
	msg, err := c.Read(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "fast", string(msg))
	close(release)
	msg, err = c.Read(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "slow", string(msg))
}

func TestServeErrors(t *testing.T) {
	cases := []struct {
		name  string
		send  string
		check func(*testing.T, error)
	}{
		{"an error", "\x00\x00\x00\x05error", func(t *testing.T, err error) { assert.Equal(t, errTest, err) }},
		{"a panic", "\x00\x00\x00\x05panic", func(t *testing.T, err error) {
			var p *netx.PanicError
			require.ErrorAs(t, err, &p)
			assert.Equal(t, "oh", p.Value)
		}},
		{"a message beyond the limit", "\x00\x00\x03\xe9", func(t *testing.T, err error) {
			assert.Equal(t, &frame.TooLargeError{Size: 1001, Limit: limit}, err)
		}},
		{"a deadline of its own", "\x00\x00\x00\x04hang", func(t *testing.T, err error) { assert.Equal(t, context.DeadlineExceeded, err) }},
	}
	s := serve(t, length4, func(ctx context.Context, msg []byte) ([]byte, error) {
		switch string(msg) {
		case "error":
			return nil, errTest
		case "panic":
			panic("oh")
		case "hang":
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		return msg, nil
	}, frame.ServeOptions{Options: frame.Options{MaxMessage: limit}, PerCall: 20 * time.Millisecond})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			other := s.dial(t, length4)
			conn := s.dial(t, length4)
			_, err := io.WriteString(conn.NetConn(), "\x00\x00\x00\x02ab"+c.send)
			require.NoError(t, err)
			msg, err := conn.Read(context.Background())
			require.NoError(t, err)
			assert.Equal(t, "ab", string(msg), "what came before has its answer")
			_, err = conn.Read(context.Background())
			assert.Equal(t, io.EOF, err)
			conn.Close()
			c.check(t, <-s.errs)
			assert.Equal(t, "x", ask(t, other, "x"), "others go on")
		})
	}
	t.Run("a cut message", func(t *testing.T) {
		conn := s.dial(t, length4)
		_, err := io.WriteString(conn.NetConn(), "\x00\x00\x00\x02a")
		require.NoError(t, err)
		conn.Close()
		assert.Equal(t, io.ErrUnexpectedEOF, <-s.errs)
	})
	t.Run("an answer that does not fit", func(t *testing.T) {
		s := serve(t, frame.Fixed(2), func(context.Context, []byte) ([]byte, error) { return []byte("abc"), nil }, frame.ServeOptions{})
		conn := s.dial(t, frame.Fixed(2))
		require.NoError(t, conn.Write(t.Context(), []byte("ab")))
		_, err := conn.Read(context.Background())
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, frame.ErrUnfit, <-s.errs)
	})
}

func TestServeDrain(t *testing.T) {
	t.Run("a message whose first byte has come is answered", func(t *testing.T) {
		s := serve(t, length4, echo, frame.ServeOptions{})
		c := s.dial(t, length4)
		require.Equal(t, "a", ask(t, c, "a"))
		_, err := io.WriteString(c.NetConn(), "\x00")
		require.NoError(t, err)
		time.Sleep(10 * time.Millisecond) // so that it has been read, most often
		s.stop()
		time.Sleep(10 * time.Millisecond)
		_, err = io.WriteString(c.NetConn(), "\x00\x00\x02bc")
		require.NoError(t, err)
		msg, err := c.Read(context.Background())
		require.NoError(t, err)
		assert.Equal(t, "bc", string(msg))
		_, err = c.Read(context.Background())
		assert.Equal(t, io.EOF, err)
		c.Close()
		assert.NoError(t, s.end())
	})
	t.Run("idle connections end at once", func(t *testing.T) {
		s := serve(t, length4, echo, frame.ServeOptions{ServeOptions: netx.ServeOptions{Grace: time.Minute}})
		for range 10 {
			c := s.dial(t, length4)
			require.Equal(t, "a", ask(t, c, "a"))
		}
		start := time.Now()
		assert.NoError(t, s.end())
		assert.Less(t, time.Since(start), 20*time.Second)
	})
	t.Run("a call goes on for the grace", func(t *testing.T) {
		begun := make(chan struct{})
		s := serve(t, length4, func(ctx context.Context, msg []byte) ([]byte, error) {
			close(begun)
			time.Sleep(50 * time.Millisecond)
			return msg, ctx.Err()
		}, frame.ServeOptions{})
		c := s.dial(t, length4)
		require.NoError(t, c.Write(t.Context(), []byte("a")))
		<-begun
		s.stop()
		msg, err := c.Read(context.Background())
		require.NoError(t, err)
		assert.Equal(t, "a", string(msg))
		c.Close()
		assert.NoError(t, s.end())
	})
	t.Run("a message that does not end is cut", func(t *testing.T) {
		s := serve(t, length4, echo, frame.ServeOptions{ServeOptions: netx.ServeOptions{Grace: 50 * time.Millisecond}})
		c := s.dial(t, length4)
		require.Equal(t, "a", ask(t, c, "a"))
		_, err := io.WriteString(c.NetConn(), "\x00")
		require.NoError(t, err)
		time.Sleep(10 * time.Millisecond)
		err = s.end()
		assert.ErrorAs(t, err, new(*netx.CutError))
		assert.Empty(t, s.errs)
	})
	t.Run("a peer that never pauses", func(t *testing.T) {
		s := serve(t, length4, echo, frame.ServeOptions{ServeOptions: netx.ServeOptions{Grace: 4 * time.Second}})
		c := s.dial(t, length4)
		go func() {
			for c.Write(context.Background(), []byte("more")) == nil {
			}
		}()
		_, err := c.Read(context.Background())
		require.NoError(t, err)
		s.stop()
		for err == nil {
			_, err = c.Read(context.Background())
		}
		assert.Equal(t, io.EOF, err, "a clean end, after a whole answer")
		c.Close()
		assert.NoError(t, s.end())
	})
}

// Clients pipeline while the server drains at a random moment: each message is answered,
// or its client sees a clean end. None is answered twice, none by halves.
func TestDrainStorm(t *testing.T) {
	for round := range effort.Times(20, 6, 300) {
		var handled atomic.Int64
		s := serve(t, length4, func(_ context.Context, msg []byte) ([]byte, error) {
			handled.Add(1)
			return msg, nil
		}, frame.ServeOptions{})
		const clients, callers = 4, 8
		var wg sync.WaitGroup
		var answered atomic.Int64
		for range clients {
			client := frame.NewClient(s.dial(t, length4))
			// The server has accepted it: the system resets those that wait for that.
			_, err := client.Call(t.Context(), nil)
			require.NoError(t, err)
			answered.Add(1)
			for w := range callers {
				wg.Go(func() {
					size := rand.N(2000)
					for i := 0; ; i++ {
						msg := make([]byte, 8+size)
						binary.BigEndian.PutUint64(msg, uint64(w)<<32+uint64(i))
						got, err := client.Call(context.Background(), msg)
						if err != nil {
							assert.ErrorIs(t, err, frame.ErrClosed)
							assert.True(t, errors.Is(err, io.EOF), "round %d: %v", round, err)
							assert.NotErrorIs(t, err, io.ErrUnexpectedEOF)
							return
						}
						assert.Equal(t, msg, got)
						answered.Add(1)
					}
				})
			}
			defer client.Close()
		}
		time.Sleep(rand.N(10 * time.Millisecond))
		assert.NoError(t, s.end())
		wg.Wait()
		assert.Equal(t, handled.Load(), answered.Load(), "round %d: what was handled was answered", round)
		assert.Empty(t, s.errs)
	}
}

func TestServeIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		l := &once{conn: far, done: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		var got error
		go func() {
			done <- frame.Serve(ctx, l, length4, echo, frame.ServeOptions{ServeOptions: netx.ServeOptions{
				Idle: time.Minute, OnError: func(_ net.Addr, err error) { got = err },
			}})
		}()
		start := time.Now()
		c := frame.NewConn(near, length4)
		for range 5 {
			time.Sleep(50 * time.Second)
			assert.Equal(t, "x", ask(t, c, "x"))
		}
		_, err := c.Read(context.Background())
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, 5*50*time.Second+time.Minute, time.Since(start))
		cancel()
		assert.NoError(t, <-done)
		assert.Equal(t, netx.ErrIdle, got)
	})
}

// once is a listener that accepts one connection.
type once struct {
	conn net.Conn
	done chan struct{}
	end  sync.Once
}

func (o *once) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	<-o.done
	return nil, net.ErrClosed
}

func (o *once) Close() error {
	o.end.Do(func() { close(o.done) })
	return nil
}

func (*once) Addr() net.Addr { return &net.UnixAddr{Name: "once"} }

func TestServeMisuse(t *testing.T) {
	l := &once{done: make(chan struct{})}
	assert.PanicsWithValue(t, "frame: Serve with a nil function", func() { frame.Serve(t.Context(), l, length4, nil) })
	assert.PanicsWithValue(t, "frame: Serve with PerCall -1ns", func() {
		frame.Serve(t.Context(), l, length4, echo, frame.ServeOptions{PerCall: -1})
	})
	assert.PanicsWithValue(t, "frame: Serve with MaxMessage -1, Buffer 0", func() {
		frame.Serve(t.Context(), l, length4, echo, frame.ServeOptions{Options: frame.Options{MaxMessage: -1}})
	})
}
