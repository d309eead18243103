//go:build unix && !aix

package ioloop_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of asyncio's base of loops, in bubbles. What CPython looks up in the
// loop's attributes is seen from what is called, and when.
func TestConformanceLoop(t *testing.T) {
	const prefix = "test_asyncio/test_base_events/BaseEventLoopTests/"
	for _, c := range []struct {
		name string
		test func(*testing.T, *ioloop.Loop, *poll.Script)
	}{
		{"test_close", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			require.NoError(t, l.Close())
			for range 2 {
				require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
			}
			require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
		}},
		{"test__add_callback_handle", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			called := 0
			l.Soon(func() { called++; l.Stop() })
			require.Zero(t, called)
			run(t, l)
			require.Equal(t, 1, called)
			require.Zero(t, l.Stats().Timers)
		}},
		{"test__add_callback_cancelled_handle", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			require.True(t, l.AfterFunc(0, func() { t.Error("called") }).Stop())
			l.Soon(l.Stop)
			run(t, l)
			require.Zero(t, l.Stats().Timers)
		}},
		{"test_call_soon", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			var log []int
			l.Soon(func() { log = append(log, 1) })
			l.Soon(func() { log = append(log, 2); l.Stop() })
			run(t, l)
			require.Equal(t, []int{1, 2}, log)
		}},
		{"test_call_soon_non_callable", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			require.Panics(t, func() { l.Soon(nil) })
		}},
		{"test_call_later", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			began, called := time.Now(), []string(nil)
			l.AfterFunc(10*time.Second, func() { called = append(called, "later"); l.Stop() })
			l.AfterFunc(0, func() { called = append(called, "next") })
			require.Panics(t, func() { l.AfterFunc(0, nil) })
			run(t, l)
			require.Equal(t, []string{"next", "later"}, called)
			require.Equal(t, 10*time.Second, time.Since(began))
		}},
		{"test_call_later_negative_delays", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			var calls []string
			l.AfterFunc(-1*time.Second, func() { calls = append(calls, "a") })
			l.AfterFunc(-2*time.Second, func() { calls = append(calls, "b") })
			l.Soon(l.Stop)
			run(t, l)
			require.Equal(t, []string{"b", "a"}, calls)
		}},
		{"test_time_and_call_at", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			at := l.Now().Add(100 * time.Millisecond)
			l.At(at, l.Stop)
			run(t, l)
			require.Equal(t, at, time.Now())
		}},
		{"test_check_thread", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			go l.Run(background)
			synctest.Wait()
			require.Panics(t, func() { l.Soon(func() {}) })
			require.Panics(t, func() { l.AfterFunc(time.Minute, func() {}) })
			require.Panics(t, func() { l.At(time.Now(), func() {}) })
			require.NoError(t, l.Post(t.Context(), l.Stop))
		}},
		{"test__run_once", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			began := time.Now()
			l.AfterFunc(5*time.Second, func() { t.Error("called") }).Stop()
			l.AfterFunc(10*time.Second, func() {})
			l.AfterFunc(10*time.Second, l.Stop)
			run(t, l)
			require.Equal(t, 10*time.Second, time.Since(began))
		}},
		{"test__run_once_schedule_handle", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			processed, later := false, false
			l.AfterFunc(-time.Second, func() {
				processed = true
				l.Soon(func() { later = true })
				l.Stop()
			})
			run(t, l)
			require.True(t, processed)
			require.False(t, later, "it is for the next turn")
		}},
		{"test__run_once_cancelled_event_cleanup", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			l.AfterFunc(3000*time.Second, func() {})
			for i := range 1000 {
				l.AfterFunc(time.Duration(i)*time.Minute, func() {}).Stop()
			}
			l.Soon(l.Stop)
			run(t, l)
			require.Equal(t, 1, l.Stats().Timers)
		}},
		{"test_single_selecter_event_callback_after_stopping", func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
			script.Set(1, poll.Readable)
			calls := 0
			var w *ioloop.Watch
			w, err := l.Watch(1, poll.Readable, func(poll.Events) { calls++; w.Stop() })
			require.NoError(t, err)
			for range 2 {
				l.Soon(l.Stop)
				run(t, l)
				require.Equal(t, 1, calls)
			}
		}},
		{"test_run_once", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			count := 0
			l.Soon(func() { count++ })
			l.Soon(l.Stop)
			run(t, l)
			require.Equal(t, 1, count)
			require.Equal(t, int64(1), l.Stats().Turns)
		}},
		{"test_run_forever_pre_stopped", func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			began := time.Now()
			l.AfterFunc(time.Hour, func() { t.Error("called") })
			l.Stop()
			run(t, l)
			require.Equal(t, int64(1), l.Stats().Turns)
			require.Equal(t, began, time.Now(), "it has not waited")
		}},
	} {
		t.Run(prefix+c.name, func(t *testing.T) { bubble(t, c.test) })
	}
	t.Run(prefix+"test_set_exc_handler_custom", func(t *testing.T) {
		var handled []any
		bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			l.Soon(func() { panic("zero") })
			l.AfterFunc(time.Second, func() { panic("later") })
			l.AfterFunc(time.Minute, l.Stop)
			run(t, l)
			require.Equal(t, []any{"zero", "later"}, handled)
		}, ioloop.Options{Panic: func(e *ioloop.PanicError) { handled = append(handled, e.Value) }})
	})
	t.Run(prefix+"test_set_default_executor", func(t *testing.T) {
		pool := concurrent.NewPool(concurrent.PoolOptions{Workers: 1})
		defer pool.Close()
		l := running(t, "", ioloop.Options{Pool: pool})
		name := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(name, []byte("text"), 0o600))
		text, err := concurrent.Await(t.Context(), l.ReadFile(t.Context(), name))
		require.NoError(t, err)
		require.Equal(t, "text", string(text))
		require.Positive(t, pool.Stats().Submitted)
	})
}

// The behaviours of asyncio's base of loops with connections and servers.
func TestConformanceLoopConnections(t *testing.T) {
	const prefix = "test_asyncio/test_base_events/"
	const class = prefix + "BaseEventLoopWithSelectorTests/"
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(name, func(t *testing.T) { each(t, f) })
	}
	sub(class+"test_create_connection_timeout", func(t *testing.T, l *ioloop.Loop) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now())
		defer cancel()
		ln := listen(t)
		defer ln.Close()
		opened := make(chan error)
		l.Connect(ctx, "tcp", ln.Addr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
			opened <- err
			return nil
		})
		require.ErrorIs(t, <-opened, context.DeadlineExceeded)
		require.Zero(t, l.Stats().Conns)
	})
	sub(class+"test_create_connection_connect_err", func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		require.NoError(t, ln.Close())
		opened := make(chan error)
		l.Connect(t.Context(), "tcp", ln.Addr().String(), func(c *ioloop.Conn, err error) *ioloop.Handler {
			opened <- err
			return nil
		})
		require.ErrorIs(t, <-opened, syscall.ECONNREFUSED)
	})
	sub(class+"test_create_connection_wrong_sock", func(t *testing.T, l *ioloop.Loop) {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer c.Close()
		on(t, l, func() {
			_, err := l.Adopt(c.(syscall.Conn), echo)
			require.ErrorIs(t, err, errors.ErrUnsupported)
		})
	})
	// Both loops learn of a connection, and one of them gets it.
	sub(class+"test_accept_connection_retry", func(t *testing.T, l *ioloop.Loop) {
		ln := listen(t)
		file, err := ln.(*net.TCPListener).File()
		require.NoError(t, err)
		same, err := net.FileListener(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		s, err := l.Serve(ln, echo)
		require.NoError(t, err)
		_, err = running(t, l.Stats().Backend).Serve(same, echo)
		if l.Stats().Backend == poll.Sigio {
			require.ErrorIs(t, err, unix.EBUSY, "an open file has one owner of its signals")
			return
		}
		require.NoError(t, err)
		for range 20 {
			c := dial(t, s)
			send(t, c, "x")
			expect(t, c, "x")
		}
	})
	sub(class+"test_accept_connection_exception", noDescriptorLeft)
	t.Run(class+"test_log_slow_callbacks", func(t *testing.T) {
		var log strings.Builder
		bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			l.Soon(func() { time.Sleep(time.Minute) })
			l.Soon(l.Stop)
			run(t, l)
			require.Equal(t, 1, strings.Count(log.String(), "slow callback"))
			require.Contains(t, log.String(), "took=1m0s limit=1s")
		}, ioloop.Options{Slow: time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	})
	sub(prefix+"TestSelectorUtils/test_set_nodelay", func(t *testing.T, l *ioloop.Loop) {
		j := newJournal()
		s, err := l.Serve(listen(t), j.open)
		require.NoError(t, err)
		dial(t, s)
		conn := <-j.conn
		on(t, l, func() {
			set, err := unix.GetsockoptInt(conn.FD(), unix.IPPROTO_TCP, unix.TCP_NODELAY)
			require.NoError(t, err)
			require.NotZero(t, set)
		})
	})
}
