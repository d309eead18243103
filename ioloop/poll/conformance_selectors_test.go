//go:build unix && !aix

package poll_test

import (
	"context"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of selectors, whose classes are the backends. A key of a selector is a
// token, and what a selector keeps with it is in a map of the program.
func TestConformanceSelectors(t *testing.T) {
	const base = "test_selectors/BaseSelectorTestCase/"
	conform(t, []conformance{
		{base + "test_register", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			token, err := p.Add(fd, r)
			require.NoError(t, err)
			require.Equal(t, fd, token.FD())
			require.Equal(t, 1, p.Len())
			require.Panics(t, func() { p.Add(0, 0xffff) }, "unknown events")
			_, err = p.Add(-10, r)
			require.ErrorIs(t, err, unix.EBADF)
			_, err = p.Add(fd, r)
			require.ErrorIs(t, err, fs.ErrExist)
			require.Equal(t, 1, p.Len())
		}},
		{base + "test_unregister", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			token := add(t, p, fd, r)
			require.NoError(t, p.Remove(token))
			require.ErrorIs(t, p.Remove(poll.Token{}), poll.ErrStale)
			require.ErrorIs(t, p.Remove(token), poll.ErrStale)
		}},
		{base + "test_unregister_after_fd_close", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			reader, writer := add(t, p, a, r), add(t, p, b, w)
			shut(t, a)
			shut(t, b)
			require.NoError(t, p.Remove(reader))
			require.NoError(t, p.Remove(writer))
			require.Zero(t, p.Len())
		}},
		{base + "test_unregister_after_fd_close_and_reuse", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			reader, writer := add(t, p, a, r), add(t, p, b, w)
			a2, b2 := sockets(t)
			shut(t, a)
			shut(t, b)
			onto(t, a2, a)
			onto(t, b2, b)
			require.NoError(t, p.Remove(reader))
			require.NoError(t, p.Remove(writer))
			require.Empty(t, now(t, p))
		}},
		{base + "test_unregister_after_socket_close", func(t *testing.T, p *poll.Poller) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			raw, err := ln.(syscall.Conn).SyscallConn()
			require.NoError(t, err)
			var token poll.Token
			require.NoError(t, raw.Control(func(fd uintptr) { token, err = p.Add(int(fd), r) }))
			require.NoError(t, err)
			require.NoError(t, ln.Close())
			require.NoError(t, p.Remove(token))
			require.ErrorIs(t, p.Remove(token), poll.ErrStale)
		}},
		{base + "test_modify", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			token := add(t, p, fd, r)
			data := map[poll.Token]string{token: "data"}
			require.Empty(t, now(t, p))
			require.NoError(t, p.Modify(token, w))
			found := next(t, p)
			require.Equal(t, []poll.Event{{Token: token, Events: w}}, found)
			require.Equal(t, "data", data[found[0].Token], "the token is the same")
			require.ErrorIs(t, p.Modify(poll.Token{}, r), poll.ErrStale)
		}},
		{base + "test_close", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			reader, writer := add(t, p, a, r), add(t, p, b, w)
			require.NoError(t, p.Close())
			require.Zero(t, p.Len())
			require.ErrorIs(t, p.Modify(reader, r), poll.ErrClosed)
			require.ErrorIs(t, p.Remove(writer), poll.ErrClosed)
		}},
		{base + "test_select", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			add(t, p, a, r)
			writer := add(t, p, b, w)
			require.Equal(t, []poll.Event{{Token: writer, Events: w}}, next(t, p))
		}},
		{base + "test_select_read_write", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			write(t, b, "foo")
			token := add(t, p, a, r|w)
			require.Equal(t, []poll.Event{{Token: token, Events: r | w}}, next(t, p))
		}},
		{base + "test_fileno", func(t *testing.T, p *poll.Poller) {
			if p.Backend() == poll.Epoll || p.Backend() == poll.Kqueue {
				require.Positive(t, p.FD())
			} else {
				require.Equal(t, -1, p.FD())
			}
		}},
		{base + "test_selector", func(t *testing.T, p *poll.Poller) { relay(t, p, sockets, false) }},
		{base + "test_empty_select", func(t *testing.T, p *poll.Poller) { require.Empty(t, now(t, p)) }},
		{base + "test_timeout", func(t *testing.T, p *poll.Poller) {
			a, b := sockets(t)
			writer := add(t, p, b, w)
			for _, at := range []time.Time{time.Now(), time.Now().Add(-time.Second)} {
				p.WakeAt(at)
				require.Len(t, next(t, p), 1, "events win")
			}
			require.NoError(t, p.Remove(writer))
			add(t, p, a, r)
			for _, d := range []time.Duration{-time.Second, 0, 20 * time.Millisecond} {
				lapse(t, p, d)
			}
		}},
		{base + "test_select_interrupt_exc", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			add(t, p, fd, r)
			ctx, stop := signal.NotifyContext(t.Context(), unix.SIGALRM)
			defer stop()
			var wait sync.WaitGroup
			wait.Go(func() { unix.Kill(unix.Getpid(), unix.SIGALRM) })
			_, err := p.Wait(ctx)
			require.ErrorIs(t, err, context.Canceled)
			wait.Wait()
		}},
		{base + "test_select_interrupt_noraise", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			add(t, p, fd, r)
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, unix.SIGALRM)
			defer signal.Stop(caught)
			at := time.Now().Add(20 * time.Millisecond)
			p.WakeAt(at)
			var wait sync.WaitGroup
			wait.Go(func() { unix.Kill(unix.Getpid(), unix.SIGALRM); <-caught })
			_, err := p.Wait(t.Context())
			require.NoError(t, err)
			require.False(t, time.Now().Before(at), "the signal ended it")
			wait.Wait()
		}},
		{"test_selectors/ScalableSelectorMixIn/test_above_fd_setsize", func(t *testing.T, p *poll.Poller) {
			const pairs = 600
			raise(t, 2*pairs+200)
			want := map[poll.Token]bool{}
			for range pairs {
				a, b := sockets(t)
				add(t, p, a, r)
				want[add(t, p, b, w)] = true
			}
			for range pairs {
				for _, e := range next(t, p) {
					require.Contains(t, want, e.Token)
					require.NoError(t, p.Remove(e.Token))
					delete(want, e.Token)
				}
				if len(want) == 0 {
					return
				}
			}
			require.Empty(t, want)
		}},
		{"test_selectors/EpollSelectorTestCase/test_register_file", func(t *testing.T, p *poll.Poller) {
			file, err := os.CreateTemp(t.TempDir(), "")
			require.NoError(t, err)
			defer file.Close()
			_, err = p.Add(int(file.Fd()), r)
			require.ErrorIs(t, err, poll.ErrNotPollable)
			require.Zero(t, p.Len())
		}},
		{"test_selectors/KqueueSelectorTestCase/test_register_bad_fd", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			shut(t, fd)
			_, err := p.Add(fd, r)
			require.ErrorIs(t, err, unix.EBADF)
			require.Zero(t, p.Len())
		}},
		{"test_selectors/KqueueSelectorTestCase/test_empty_select_timeout", func(t *testing.T, p *poll.Poller) {
			lapse(t, p, 20*time.Millisecond)
		}},
	})
}
