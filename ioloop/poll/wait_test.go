//go:build unix && !aix

package poll_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// blocks fails the test unless a Wait lasts until the time that WakeAt sets. It
// uses no more processor time than a Wait needs.
func blocks(t *testing.T, p *poll.Poller) {
	t.Helper()
	until := time.Now().Add(20 * time.Millisecond)
	p.WakeAt(until)
	defer p.WakeAt(time.Time{})
	waits := 0
	for ; !time.Now().After(until); waits++ {
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		require.Empty(t, sorted(events))
	}
	require.LessOrEqual(t, waits, 3, "Wait returns without a reason")
}

func TestWakeAt(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		add(t, p, fd, r)
		for _, d := range []time.Duration{0, time.Microsecond, 999 * time.Microsecond, 1001 * time.Microsecond, 3 * time.Millisecond} {
			at := time.Now().Add(d)
			p.WakeAt(at)
			events, err := p.Wait(t.Context())
			require.NoError(t, err)
			require.Empty(t, sorted(events))
			require.False(t, time.Now().Before(at), "Wait ended before its time")
		}
		// The time has passed, so that it ends every Wait.
		for range 3 {
			events, err := p.Wait(t.Context())
			require.NoError(t, err)
			require.Empty(t, sorted(events))
		}
		// A Wait that is under way heeds it.
		p.WakeAt(time.Now().Add(time.Hour))
		go p.WakeAt(time.Now().Add(time.Millisecond))
		_, err := p.Wait(t.Context())
		require.NoError(t, err)
		// None: only ctx ends it.
		p.WakeAt(time.Time{})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		defer cancel()
		_, err = p.Wait(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestWake(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		for range 3 {
			p.Wake()
			p.Wake() // both before the Wait: one
			require.Empty(t, now(t, p), "TryWait does not use it up")
			events, err := p.Wait(t.Context())
			require.NoError(t, err)
			require.Empty(t, sorted(events))
			blocks(t, p)
		}
		for range 100 { // beside a Wait
			go p.Wake()
			_, err := p.Wait(t.Context())
			require.NoError(t, err)
		}
	})
}

func TestWaitHeedsContext(t *testing.T) {
	cause := errors.New("cause")
	each(t, func(t *testing.T, p *poll.Poller) {
		ctx, cancel := context.WithCancelCause(t.Context())
		go cancel(cause)
		events, err := p.Wait(ctx)
		require.ErrorIs(t, err, cause)
		require.Nil(t, events)
		// A ctx that is done takes nothing.
		fd, _ := sockets(t)
		token := add(t, p, fd, w|poll.OneShot)
		_, err = p.Wait(ctx)
		require.ErrorIs(t, err, cause)
		require.Equal(t, []poll.Event{{Token: token, Events: w}}, next(t, p))
	})
}

// Events that a range does not reach come with the next Wait, also those that are
// reported once.
func TestRangeThatEndsEarly(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		want := map[poll.Token]bool{}
		for range 5 {
			fd, _ := sockets(t)
			want[add(t, p, fd, w|poll.OneShot)] = true
		}
		var removed poll.Token
		for len(want) > 0 {
			events, err := p.Wait(t.Context())
			require.NoError(t, err)
			for e := range events {
				require.Contains(t, want, e.Token)
				require.NotEqual(t, removed, e.Token)
				delete(want, e.Token)
				break
			}
			if len(want) == 3 { // one of those that were not reached
				for removed = range want {
					require.NoError(t, p.Remove(removed))
					delete(want, removed)
					break
				}
			}
		}
		require.Empty(t, now(t, p))
	})
}

func TestClose(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		token := add(t, p, fd, r)
		var wait sync.WaitGroup
		wait.Go(func() { p.Close() })
		_, err := p.Wait(t.Context())
		require.ErrorIs(t, err, poll.ErrClosed)
		wait.Wait()
		require.ErrorIs(t, p.Close(), poll.ErrClosed)
		_, err = p.Wait(t.Context())
		require.ErrorIs(t, err, poll.ErrClosed)
		_, err = p.TryWait()
		require.ErrorIs(t, err, poll.ErrClosed)
		_, err = p.Add(fd, r)
		require.ErrorIs(t, err, poll.ErrClosed)
		require.ErrorIs(t, p.Modify(token, r), poll.ErrClosed)
		require.ErrorIs(t, p.Remove(token), poll.ErrClosed)
		p.Wake()
		p.WakeAt(time.Now())
		require.Zero(t, p.Len())
		write(t, fd, "the descriptor is open")
	})
}

// A range ends when its body closes the poller.
func TestCloseWithinRange(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		for range 3 {
			fd, _ := sockets(t)
			add(t, p, fd, w)
		}
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		yielded := 0
		for range events {
			yielded++
			require.NoError(t, p.Close())
		}
		require.Equal(t, 1, yielded)
	})
}

func TestTwoWaits(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		add(t, p, fd, w)
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		for range events {
			_, err := p.TryWait() // the same goroutine, within its range
			require.NoError(t, err)
			break
		}
		// Two goroutines: the later one panics.
		idle := open(t, poll.Options{Backend: p.Backend()})
		ctx, cancel := context.WithCancel(t.Context())
		texts := make(chan any, 2)
		for range 2 {
			go func() {
				defer func() { texts <- recover() }()
				idle.Wait(ctx)
			}()
		}
		require.Equal(t, "poll: Wait called while another goroutine waits", <-texts)
		cancel()
		require.Nil(t, <-texts)
	})
}

// A Wait that finds something allocates nothing.
func TestWaitAllocates(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		add(t, p, fd, w)
		found := 0
		count := func(poll.Event) bool { found++; return true }
		require.Zero(t, testing.AllocsPerRun(100, func() {
			events, err := p.Wait(context.Background())
			if err != nil {
				panic(err)
			}
			events(count)
		}))
		require.GreaterOrEqual(t, found, 100)
	})
}
