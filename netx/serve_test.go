package netx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
)

// listen listens on loopback.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

// A running server is one that a test ends.
type running struct {
	addr net.Addr
	stop context.CancelFunc
	done chan error
	errs *errorList // what OnError got
}

// serve runs a server until the test ends.
func serve(t *testing.T, l net.Listener, handle func(context.Context, net.Conn) error, o netx.ServeOptions) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{l.Addr(), stop, make(chan error, 1), &errorList{}}
	if o.OnError == nil {
		o.OnError = r.errs.add
	}
	go func() { r.done <- netx.Serve(ctx, l, handle, o) }()
	t.Cleanup(func() { stop(); <-r.done })
	return r
}

// end ends the server and returns its error.
func (r *running) end() error {
	r.stop()
	err := <-r.done
	r.done <- nil // for the cleanup
	return err
}

func (r *running) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial(r.addr.Network(), r.addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return c
}

type errorList struct {
	mu   sync.Mutex
	errs []error
}

func (l *errorList) add(_ net.Addr, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, err)
}

func (l *errorList) all() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]error(nil), l.errs...)
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); {
		require.True(t, time.Now().Before(end), "never: %s", what)
		time.Sleep(time.Millisecond)
	}
}

func echo(_ context.Context, c net.Conn) error {
	_, err := io.Copy(c, c)
	return err
}

// greet writes a line and waits for the end of the server.
func greet(ctx context.Context, c net.Conn) error {
	if _, err := io.WriteString(c, "hello\n"); err != nil {
		return err
	}
	<-netx.Draining(ctx).Done()
	return nil
}

func hello(t *testing.T, c net.Conn) {
	t.Helper()
	line := make([]byte, 6)
	_, err := io.ReadFull(c, line)
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(line))
}

func TestServe(t *testing.T) {
	networks := map[string]func(t *testing.T) net.Listener{
		"tcp": listen,
		"unix": func(t *testing.T) net.Listener {
			l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
			if err != nil {
				t.Skipf("no unix sockets here: %v", err)
			}
			return l
		},
	}
	for network, l := range networks {
		t.Run(network, func(t *testing.T) {
			r := serve(t, l(t), echo, netx.ServeOptions{})
			for range 3 {
				c := r.dial(t)
				_, err := io.WriteString(c, "a message")
				require.NoError(t, err)
				require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
				got, err := io.ReadAll(c)
				require.NoError(t, err)
				require.Equal(t, "a message", string(got))
			}
			assert.NoError(t, r.end())
			assert.Empty(t, r.errs.all())
			_, err := net.Dial(network, r.addr.String())
			assert.Error(t, err, "the listener is closed")
		})
	}
}

func TestServeDrains(t *testing.T) {
	t.Run("handlers end with the drain", func(t *testing.T) {
		r := serve(t, listen(t), greet, netx.ServeOptions{Grace: time.Minute})
		c := r.dial(t)
		hello(t, c)
		go func() {
			io.Copy(io.Discard, c)
			c.Close()
		}()
		start := time.Now()
		assert.NoError(t, r.end())
		assert.Less(t, time.Since(start), 20*time.Second)
	})
	t.Run("handlers have the grace", func(t *testing.T) {
		r := serve(t, listen(t), func(ctx context.Context, c net.Conn) error {
			if err := greet(ctx, c); err != nil {
				return err
			}
			time.Sleep(20 * time.Millisecond)
			if ctx.Err() != nil {
				return errTest
			}
			_, err := io.WriteString(c, "bye")
			return err
		}, netx.ServeOptions{})
		c := r.dial(t)
		hello(t, c)
		got := make(chan string, 1)
		go func() {
			rest, err := io.ReadAll(c)
			got <- fmt.Sprint(string(rest), err)
			c.Close()
		}()
		assert.NoError(t, r.end())
		assert.Equal(t, "bye<nil>", <-got)
		assert.Empty(t, r.errs.all())
	})
	t.Run("what is left is cut", func(t *testing.T) {
		causes := make(chan error, 3)
		r := serve(t, listen(t), func(ctx context.Context, c net.Conn) error {
			greetErr := make(chan error, 1)
			go func() { greetErr <- greet(ctx, c) }()
			<-greetErr
			_, err := c.Read(make([]byte, 1)) // nothing comes
			<-ctx.Done()
			causes <- errors.Join(err, context.Cause(ctx))
			return err
		}, netx.ServeOptions{Grace: 50 * time.Millisecond})
		for range 3 {
			hello(t, r.dial(t))
		}
		err := r.end()
		var cut *netx.CutError
		require.ErrorAs(t, err, &cut)
		assert.Equal(t, 3, cut.Conns)
		assert.EqualError(t, err, "netx: 3 connections were cut at the end of the grace")
		require.Len(t, causes, 3, "it has waited for the handlers")
		for range 3 {
			err := <-causes
			assert.ErrorIs(t, err, netx.ErrClosed)
			assert.ErrorIs(t, err, net.ErrClosed)
		}
		assert.Empty(t, r.errs.all(), "it was the server that cut them")
	})
	t.Run("without a grace", func(t *testing.T) {
		r := serve(t, listen(t), echo, netx.ServeOptions{Grace: -1})
		c := r.dial(t)
		_, err := io.WriteString(c, "x")
		require.NoError(t, err)
		_, err = io.ReadFull(c, make([]byte, 1))
		require.NoError(t, err)
		start := time.Now()
		assert.EqualError(t, r.end(), "netx: 1 connection was cut at the end of the grace")
		assert.Less(t, time.Since(start), 5*time.Second)
	})
	t.Run("a handler that hears nothing is left behind", func(t *testing.T) {
		release := make(chan struct{})
		r := serve(t, listen(t), func(_ context.Context, c net.Conn) error {
			io.WriteString(c, "hello\n")
			<-release
			return nil
		}, netx.ServeOptions{Grace: time.Millisecond})
		hello(t, r.dial(t))
		start := time.Now()
		assert.ErrorAs(t, r.end(), new(*netx.CutError))
		assert.Less(t, time.Since(start), 10*time.Second)
		close(release)
	})
	t.Run("a context that is done serves nobody", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		l := listen(t)
		require.NoError(t, netx.Serve(ctx, l, func(context.Context, net.Conn) error { panic("called") }))
		_, err := l.Accept()
		assert.ErrorIs(t, err, net.ErrClosed)
	})
	t.Run("the listener is closed by another", func(t *testing.T) {
		l := listen(t)
		r := serve(t, l, greet, netx.ServeOptions{})
		c := r.dial(t)
		hello(t, c)
		l.Close()
		got, err := io.ReadAll(c)
		assert.NoError(t, err)
		assert.Empty(t, got, "its handler is told to end")
		c.Close()
		err = <-r.done
		r.done <- nil
		assert.ErrorIs(t, err, net.ErrClosed)
	})
}

// The peer gets the answer, though it goes on sending when the server has enough.
func TestServeLastBytesArrive(t *testing.T) {
	const size = 1 << 20
	r := serve(t, listen(t), func(_ context.Context, c net.Conn) error {
		if _, err := c.Read(make([]byte, 1)); err != nil {
			return err
		}
		_, err := c.Write(make([]byte, size))
		return err
	}, netx.ServeOptions{})
	for range 10 {
		c := r.dial(t)
		_, err := c.Write(make([]byte, 100_000))
		require.NoError(t, err)
		got, err := io.ReadAll(c)
		require.NoError(t, err, "the connection is not reset")
		require.Len(t, got, size)
		c.Close()
	}
}

func TestServeErrors(t *testing.T) {
	cases := []struct {
		name   string
		handle func(context.Context, net.Conn) error
		check  func(t *testing.T, err error)
	}{
		{"an error", func(context.Context, net.Conn) error { return errTest },
			func(t *testing.T, err error) { assert.Equal(t, errTest, err) }},
		{"a panic", func(context.Context, net.Conn) error { panic("oh") },
			func(t *testing.T, err error) {
				var p *netx.PanicError
				require.ErrorAs(t, err, &p)
				assert.Equal(t, "oh", p.Value)
				assert.Contains(t, string(p.Stack), "serve_test.go")
			}},
		{"Goexit", func(context.Context, net.Conn) error { runtime.Goexit(); return nil },
			func(t *testing.T, err error) { assert.ErrorContains(t, err, "Goexit") }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var first atomic.Bool
			r := serve(t, listen(t), func(ctx context.Context, conn net.Conn) error {
				if first.CompareAndSwap(false, true) {
					return c.handle(ctx, conn)
				}
				return greet(ctx, conn)
			}, netx.ServeOptions{MaxConns: 1})
			conn := r.dial(t)
			got, _ := io.ReadAll(conn)
			assert.Empty(t, got)
			conn.Close()
			hello(t, r.dial(t)) // the server goes on, and the place is free
			errs := r.errs.all()
			require.Len(t, errs, 1)
			c.check(t, errs[0])
		})
	}
}

func TestServeBounds(t *testing.T) {
	t.Run("MaxConns waits", func(t *testing.T) {
		var now, most atomic.Int32
		r := serve(t, listen(t), func(ctx context.Context, c net.Conn) error {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			io.WriteString(c, "hello\n")
			_, err := io.Copy(io.Discard, c)
			return err
		}, netx.ServeOptions{MaxConns: 2})
		var conns []net.Conn
		for range 5 {
			conns = append(conns, r.dial(t)) // the system takes them
		}
		for _, c := range conns {
			hello(t, c)
			c.Close()
		}
		assert.LessOrEqual(t, most.Load(), int32(2))
	})
	t.Run("MaxConns ends with the server", func(t *testing.T) {
		r := serve(t, listen(t), greet, netx.ServeOptions{MaxConns: 1})
		c := r.dial(t)
		hello(t, c)
		c.Close()
		r.dial(t)
		assert.NoError(t, r.end())
	})
	t.Run("MaxPerIP", func(t *testing.T) {
		r := serve(t, listen(t), greet, netx.ServeOptions{MaxPerIP: 2})
		a, b, c := r.dial(t), r.dial(t), net.Conn(nil)
		hello(t, a)
		hello(t, b)
		for range 3 {
			c = r.dial(t)
			_, err := c.Read(make([]byte, 1))
			assert.Error(t, err)
			c.Close()
		}
		for _, err := range r.errs.all() {
			assert.Equal(t, netx.ErrTooManyConns, err)
		}
		assert.Len(t, r.errs.all(), 3)
	})
	t.Run("MaxPerIP counts those that are there", func(t *testing.T) {
		r := serve(t, listen(t), func(_ context.Context, c net.Conn) error {
			io.WriteString(c, "hello\n")
			io.Copy(io.Discard, c)
			return nil
		}, netx.ServeOptions{MaxPerIP: 1, OnError: func(net.Addr, error) {}})
		for range 3 {
			eventually(t, "the place is free", func() bool {
				c := r.dial(t)
				defer c.Close()
				n, _ := c.Read(make([]byte, 1))
				return n == 1
			})
		}
	})
}

// A script is a listener that returns what it is told.
type script struct {
	steps chan func() (net.Conn, error)
	done  chan struct{}
	once  sync.Once
}

func newScript(steps ...func() (net.Conn, error)) *script {
	s := &script{make(chan func() (net.Conn, error), len(steps)), make(chan struct{}), sync.Once{}}
	for _, step := range steps {
		s.steps <- step
	}
	return s
}

func (s *script) Accept() (net.Conn, error) {
	select {
	case step := <-s.steps:
		return step()
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *script) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

func (*script) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7} }

func failing(err error) func() (net.Conn, error) {
	return func() (net.Conn, error) { return nil, err }
}

func TestServeWithoutDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, conn := net.Pipe()
		emfile := &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
		l := newScript(failing(emfile), failing(emfile), failing(emfile), func() (net.Conn, error) { return conn, nil })
		start := time.Now()
		r := serve(t, l, greet, netx.ServeOptions{})
		hello(t, client)
		assert.Equal(t, (5+10+20)*time.Millisecond, time.Since(start), "it pauses longer each time")
		assert.Equal(t, []error{emfile, emfile, emfile}, r.errs.all())
		assert.NoError(t, r.end())
	})
	synctest.Test(t, func(t *testing.T) {
		emfile := os.NewSyscallError("accept4", syscall.EMFILE)
		steps := make([]func() (net.Conn, error), 100)
		for i := range steps {
			steps[i] = failing(emfile)
		}
		r := serve(t, newScript(steps...), greet, netx.ServeOptions{})
		time.Sleep(10 * time.Second)
		assert.InDelta(t, 16, len(r.errs.all()), 2, "a second between two, at most")
		start := time.Now()
		assert.NoError(t, r.end(), "a pause ends with the server")
		assert.Zero(t, time.Since(start))
	})
	synctest.Test(t, func(t *testing.T) {
		r := serve(t, newScript(failing(errTest)), greet, netx.ServeOptions{})
		err := <-r.done
		r.done <- nil
		assert.Equal(t, errTest, err, "what will not pass")
	})
}

func TestServeIdle(t *testing.T) {
	const idle = 10 * time.Second
	pipe := func() (net.Conn, func() (net.Conn, error)) {
		client, conn := net.Pipe()
		return client, func() (net.Conn, error) { return conn, nil }
	}
	run := func(name string, handle func(net.Conn) error, peer func(net.Conn), want time.Duration, wantErr error) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, step := pipe()
				start, ended := time.Now(), make(chan time.Duration, 1)
				errs := make(chan error, 1)
				serve(t, newScript(step), func(_ context.Context, c net.Conn) error {
					err := handle(c)
					ended <- time.Since(start)
					errs <- err
					return nil
				}, netx.ServeOptions{Idle: idle})
				gone := make(chan struct{})
				go func() { defer close(gone); peer(client) }()
				assert.Equal(t, want, <-ended)
				err := <-errs
				if wantErr == nil {
					assert.NoError(t, err)
				} else {
					assert.ErrorIs(t, err, wantErr)
				}
				client.Close()
				<-gone
			})
		})
	}
	read := func(c net.Conn) error {
		for {
			if _, err := c.Read(make([]byte, 10)); err != nil {
				return err
			}
		}
	}
	run("nothing comes", read, func(net.Conn) {}, idle, netx.ErrIdle)
	run("it is a timeout", read, func(net.Conn) {}, idle, os.ErrDeadlineExceeded)
	run("the last byte counts", read, func(c net.Conn) {
		time.Sleep(7 * time.Second)
		c.Write([]byte("x"))
		time.Sleep(7 * time.Second)
		c.Write([]byte("x"))
	}, 14*time.Second+idle, netx.ErrIdle)
	run("nothing is taken", func(c net.Conn) error {
		_, err := c.Write([]byte("x"))
		return err
	}, func(net.Conn) {}, idle, netx.ErrIdle)
	run("a long write makes progress", func(c net.Conn) error {
		_, err := c.Write(make([]byte, 1<<20))
		return err
	}, func(c net.Conn) {
		for {
			if _, err := io.ReadFull(c, make([]byte, 128<<10)); err != nil {
				return
			}
			time.Sleep(9 * time.Second)
		}
	}, 7*9*time.Second, nil)
	run("a handler that computes is not idle", func(c net.Conn) error {
		time.Sleep(time.Minute)
		_, err := c.Read(make([]byte, 1))
		return err
	}, func(net.Conn) {}, time.Minute+idle, netx.ErrIdle)
	// Their deadlines never end in the same instant as the idle time.
	run("deadlines of the handler's own do not hide it", func(c net.Conn) error {
		for {
			c.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || err == netx.ErrIdle {
				return err
			}
		}
	}, func(net.Conn) {}, idle, netx.ErrIdle)
	run("and neither do bytes in between", func(c net.Conn) error {
		for {
			c.SetReadDeadline(time.Now().Add(700 * time.Millisecond))
			if _, err := c.Read(make([]byte, 1)); err == netx.ErrIdle {
				return err
			}
		}
	}, func(c net.Conn) {
		for range 3 {
			time.Sleep(7*time.Second + 500*time.Millisecond)
			c.Write([]byte("x"))
		}
	}, 22*time.Second+500*time.Millisecond+idle, netx.ErrIdle)
	run("one direction is enough", func(c net.Conn) error {
		go io.Copy(io.Discard, c)
		for range 5 {
			time.Sleep(6 * time.Second)
			if _, err := c.Write([]byte("x")); err != nil {
				return err
			}
		}
		return nil
	}, func(c net.Conn) { io.Copy(io.Discard, c) }, 30*time.Second, nil)
}

// A file goes to the connection that was accepted as a file, in pieces, and not more of it
// than was asked for.
func TestServeSendsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	content := []byte(strings.Repeat("0123456789abcdef", 100_000))
	require.NoError(t, os.WriteFile(path, content, 0o600))
	for _, limit := range []int64{-1, 0, 1, 1000, 256 << 10, 300_000, 10 << 20} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			r := serve(t, listen(t), func(_ context.Context, c net.Conn) error {
				f, err := os.Open(path)
				if err != nil {
					return err
				}
				defer f.Close()
				var src io.Reader = f
				want := int64(len(content))
				if limit >= 0 {
					src, want = io.LimitReader(f, limit), min(limit, want)
				}
				if n, err := c.(io.ReaderFrom).ReadFrom(src); n != want || err != nil {
					return fmt.Errorf("sent %d, %w", n, err)
				}
				_, err = c.(io.ReaderFrom).ReadFrom(strings.NewReader("end"))
				return err
			}, netx.ServeOptions{})
			c := r.dial(t)
			got, err := io.ReadAll(c)
			require.NoError(t, err)
			c.Close()
			want := string(content)
			if limit >= 0 {
				want = want[:min(limit, int64(len(content)))]
			}
			assert.True(t, want+"end" == string(got), "%d bytes", len(got))
			assert.Empty(t, r.errs.all())
		})
	}
}

func TestServeMisuse(t *testing.T) {
	l := listen(t)
	defer l.Close()
	assert.PanicsWithValue(t, "netx: Serve with a nil function", func() { netx.Serve(t.Context(), l, nil) })
	assert.PanicsWithValue(t, "netx: Serve with MaxConns -2, MaxPerIP 0", func() {
		netx.Serve(t.Context(), l, echo, netx.ServeOptions{MaxConns: -2})
	})
}
