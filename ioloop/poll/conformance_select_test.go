//go:build unix && !aix

package poll_test

import (
	"context"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of select.select.
func TestConformanceSelect(t *testing.T) {
	conform(t, []conformance{
		{"test_select/SelectTestCase/test_errno", func(t *testing.T, p *poll.Poller) {
			file, err := os.Open(os.DevNull)
			require.NoError(t, err)
			fd := int(file.Fd())
			require.NoError(t, file.Close())
			_, err = p.Add(fd, r)
			require.ErrorIs(t, err, unix.EBADF)
		}},
		{"test_select/SelectTestCase/test_select", childWrites},
	})
}

// The behaviours of select.poll.
func TestConformancePoll(t *testing.T) {
	const prefix = "test_poll/PollTests/"
	conform(t, []conformance{
		{prefix + "test_poll1", func(t *testing.T, p *poll.Poller) { relay(t, p, pipe, true) }},
		{prefix + "test_poll2", childWrites},
		{prefix + "test_threaded_poll", func(t *testing.T, p *poll.Poller) {
			in, out := pipe(t)
			var tokens []poll.Token
			for range 10 {
				fd, _ := sockets(t)
				tokens = append(tokens, add(t, p, fd, r))
			}
			// Both wait, and one of them panics: the later one.
			texts := make(chan any, 2)
			for range cap(texts) {
				go func() {
					defer func() { texts <- recover() }()
					p.Wait(context.Background())
				}()
			}
			require.Equal(t, "poll: Wait called while another goroutine waits", <-texts)
			for _, token := range tokens {
				require.NoError(t, p.Remove(token))
			}
			add(t, p, in, r)
			write(t, out, "spam")
			require.Nil(t, <-texts)
		}},
		{prefix + "test_poll_blocks_with_negative_ms", func(t *testing.T, p *poll.Poller) {
			in, out := pipe(t)
			token := add(t, p, in, r)
			p.WakeAt(time.Now().Add(-time.Second))
			p.WakeAt(time.Time{}) // no time any more
			var written atomic.Bool
			var wait sync.WaitGroup
			wait.Go(func() { written.Store(true); unix.Write(out, []byte("spam")) })
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
			require.True(t, written.Load())
			wait.Wait()
		}},
	})
	// In a bubble it is seen that it blocks.
	t.Run(prefix+"test_poll_blocks_with_negative_ms", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, script := poll.Scripted()
			defer p.Close()
			_, err := p.Add(1, r)
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() {
				_, err := p.Wait(context.Background())
				done <- err
			}()
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			require.Empty(t, done)
			script.Set(1, r)
			require.NoError(t, <-done)
		})
	})
}

// The behaviours of select.epoll.
func TestConformanceEpoll(t *testing.T) {
	const prefix = "test_epoll/TestEPoll/"
	t.Run(prefix+"test_create", func(t *testing.T) {
		p, err := poll.New()
		require.NoError(t, err)
		require.Equal(t, poll.Backends()[0], p.Backend())
		require.NoError(t, p.Close())
		_, err = p.TryWait()
		require.ErrorIs(t, err, poll.ErrClosed)
	})
	t.Run(prefix+"test_badcreate", func(t *testing.T) {
		_, err := poll.New(poll.Options{Backend: "foo"})
		require.ErrorContains(t, err, `"foo"`)
		require.Panics(t, func() { poll.New(poll.Options{}, poll.Options{}) })
	})
	t.Run(prefix+"test_fd_non_inheritable", func(t *testing.T) {
		p := open(t, poll.Options{})
		if p.FD() < 0 {
			t.Skip("it has no descriptor")
		}
		flags, err := unix.FcntlInt(uintptr(p.FD()), unix.F_GETFD, 0)
		require.NoError(t, err)
		require.NotZero(t, flags&unix.FD_CLOEXEC)
	})
	conform(t, []conformance{
		{prefix + "test_add", func(t *testing.T, p *poll.Poller) {
			a, b := connections(t)
			add(t, p, a, r|w)
			add(t, p, b, r|w)
			_, err := p.Add(-1, r|w)
			require.ErrorIs(t, err, unix.EBADF)
			_, err = p.Add(10_000, r|w)
			require.ErrorIs(t, err, unix.EBADF)
			_, err = p.Add(a, r|w)
			require.ErrorIs(t, err, fs.ErrExist)
		}},
		{prefix + "test_control_and_wait", func(t *testing.T, p *poll.Poller) {
			if p.Backend() == poll.Select || p.Backend() == poll.Poll {
				t.Skip("it reports what is, not what changes")
			}
			a, b := connections(t)
			client, server := add(t, p, a, r|w|poll.Edge), add(t, p, b, r|w|poll.Edge)
			all := func(is poll.Events) {
				seen := map[poll.Token]poll.Events{}
				for len(seen) < 2 || seen[client] != is || seen[server] != is {
					for _, e := range next(t, p) {
						seen[e.Token] = e.Events
					}
				}
			}
			all(w)
			require.Empty(t, now(t, p), "nothing has changed")
			write(t, a, "Hello!")
			write(t, b, "world!!!")
			all(r | w)
			require.NoError(t, p.Remove(client))
			require.NoError(t, p.Modify(server, w))
			require.Equal(t, []poll.Event{{Token: server, Events: w}}, next(t, p))
		}},
		{prefix + "test_errors", func(t *testing.T, p *poll.Poller) {
			_, err := p.Add(-1, r)
			require.ErrorIs(t, err, unix.EBADF)
		}},
		{prefix + "test_close", func(t *testing.T, p *poll.Poller) {
			fd, _ := sockets(t)
			token := add(t, p, fd, r)
			require.NoError(t, p.Close())
			require.ErrorIs(t, p.Close(), poll.ErrClosed)
			require.ErrorIs(t, p.Modify(token, r), poll.ErrClosed)
			_, err := p.Wait(t.Context())
			require.ErrorIs(t, err, poll.ErrClosed)
			_, err = p.Add(fd, r)
			require.ErrorIs(t, err, poll.ErrClosed)
			require.ErrorIs(t, p.Remove(token), poll.ErrClosed)
		}},
	})
}
