package poll_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Time passes at once in a bubble, to the nanosecond.
func TestScriptedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := poll.Scripted()
		defer p.Close()
		began := time.Now()
		for _, d := range []time.Duration{1, time.Second, 24 * time.Hour} {
			at := time.Now().Add(d)
			p.WakeAt(at)
			_, err := p.Wait(t.Context())
			require.NoError(t, err)
			require.Equal(t, at, time.Now())
		}
		p.WakeAt(time.Time{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := p.Wait(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 25*time.Hour+time.Second+1, time.Since(began))
	})
}

func TestScriptedReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, script := poll.Scripted()
		defer p.Close()
		look := func() []poll.Event {
			events, err := p.TryWait()
			require.NoError(t, err)
			return slices.Collect(events)
		}
		script.Set(7, poll.Readable) // before it is added
		seven, err := p.Add(7, poll.Readable|poll.Writable)
		require.NoError(t, err)
		far, err := p.Add(math.MaxInt32, poll.Writable|poll.OneShot)
		require.NoError(t, err)
		edge, err := p.Add(8, poll.Readable|poll.Edge)
		require.NoError(t, err)
		require.Equal(t, 3, p.Len())
		require.Equal(t, poll.Backend("scripted"), p.Backend())
		require.Equal(t, -1, p.FD())

		for range 2 {
			require.Equal(t, []poll.Event{{Token: seven, Events: poll.Readable}}, look())
		}
		script.Set(7, poll.HungUp)
		require.Equal(t, []poll.Event{{Token: seven, Events: poll.Readable | poll.Writable | poll.HungUp}}, look())
		script.Set(7, poll.Priority) // which nobody wants
		require.Empty(t, look())

		script.Set(math.MaxInt32, poll.Writable)
		require.Equal(t, []poll.Event{{Token: far, Events: poll.Writable}}, look())
		require.Empty(t, look())
		require.NoError(t, p.Modify(far, poll.Writable))
		require.Len(t, look(), 1)
		require.NoError(t, p.Remove(far))

		script.Set(8, poll.Readable)
		require.Equal(t, []poll.Event{{Token: edge, Events: poll.Readable}}, look())
		require.Empty(t, look())
		script.Set(8, 0)
		script.Set(8, poll.Readable)
		require.Len(t, look(), 1)
		require.NoError(t, p.Modify(edge, poll.Readable|poll.Edge))
		require.Len(t, look(), 1)

		_, err = p.Add(8, poll.Readable)
		require.ErrorIs(t, err, fs.ErrExist)
		_, err = p.Add(-1, poll.Readable)
		require.ErrorIs(t, err, syscall.EBADF)
	})
}

// Set ends a Wait that is under way.
func TestScriptedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, script := poll.Scripted()
		token, err := p.Add(3, poll.Readable)
		require.NoError(t, err)
		time.AfterFunc(time.Minute, func() { script.Set(3, poll.Readable) })
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, []poll.Event{{Token: token, Events: poll.Readable}}, slices.Collect(events))
		script.Set(3, 0)
		time.AfterFunc(time.Minute, func() { p.Close() })
		_, err = p.Wait(t.Context())
		require.ErrorIs(t, err, poll.ErrClosed)
	})
}

func TestEventsString(t *testing.T) {
	for e, want := range map[poll.Events]string{
		0:             "0",
		poll.Readable: "Readable",
		poll.Writable | poll.PeerClosed | poll.OneShot: "Writable|PeerClosed|OneShot",
		poll.Failed | 1<<12:                            "Failed|0x1000",
	} {
		require.Equal(t, want, e.String())
	}
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		"poll: descriptor 3: epoll: the file cannot be waited for": &poll.FDError{FD: 3, Backend: poll.Epoll, Err: poll.ErrNotPollable},
		"poll: descriptor -1: poll: bad file descriptor":           &poll.FDError{FD: -1, Backend: poll.Poll, Err: syscall.EBADF},
	} {
		require.EqualError(t, err, want)
		require.True(t, errors.As(err, new(*poll.FDError)))
	}
}
