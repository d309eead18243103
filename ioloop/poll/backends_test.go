//go:build unix && !aix

package poll_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// each runs a test with a poller of each backend.
func each(t *testing.T, test func(*testing.T, *poll.Poller)) {
	t.Helper()
	for _, b := range poll.Backends() {
		t.Run(string(b), func(t *testing.T) { test(t, open(t, poll.Options{Backend: b, BigSelect: true})) })
	}
}

func open(t *testing.T, o poll.Options) *poll.Poller {
	t.Helper()
	p, err := poll.New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			require.ErrorIs(t, err, poll.ErrClosed)
		}
	})
	return p
}

// patience bounds what is expected to happen. No test waits so long when it passes.
const patience = 20 * time.Second

// next waits for events, sorted by descriptor. It fails the test if there are none.
func next(t *testing.T, p *poll.Poller) []poll.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		events, err := p.Wait(ctx)
		require.NoError(t, err)
		if found := sorted(events); len(found) > 0 {
			return found
		}
	}
}

// now returns the events of this moment, sorted by descriptor.
func now(t *testing.T, p *poll.Poller) []poll.Event {
	t.Helper()
	events, err := p.TryWait()
	require.NoError(t, err)
	return sorted(events)
}

func sorted(events func(func(poll.Event) bool)) []poll.Event {
	return slices.SortedFunc(events, func(a, b poll.Event) int { return a.Token.FD() - b.Token.FD() })
}

func add(t *testing.T, p *poll.Poller, fd int, want poll.Events) poll.Token {
	t.Helper()
	token, err := p.Add(fd, want)
	require.NoError(t, err)
	require.Equal(t, fd, token.FD())
	return token
}

// pipe returns both ends of a pipe, which do not block.
func pipe(t *testing.T) (r, w int) {
	t.Helper()
	var p [2]int
	require.NoError(t, unix.Pipe(p[:]))
	return own(t, p[0]), own(t, p[1])
}

// sockets returns two sockets that are connected and do not block.
func sockets(t *testing.T) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	return own(t, p[0]), own(t, p[1])
}

// own closes fd at the test's end, unless shut has closed it before.
func own(t *testing.T, fd int) int {
	t.Helper()
	require.NoError(t, unix.SetNonblock(fd, true))
	unix.CloseOnExec(fd)
	owned[fd] = true
	t.Cleanup(func() {
		if owned[fd] {
			unix.Close(fd)
			delete(owned, fd)
		}
	})
	return fd
}

var owned = map[int]bool{}

func shut(t *testing.T, fd int) {
	t.Helper()
	require.True(t, owned[fd])
	delete(owned, fd)
	require.NoError(t, unix.Close(fd))
}

// onto makes number stand for the file of fd, and owns it.
func onto(t *testing.T, fd, number int) {
	t.Helper()
	require.False(t, owned[number])
	require.NoError(t, unix.Dup2(fd, number))
	own(t, number)
}

func write(t *testing.T, fd int, text string) {
	t.Helper()
	n, err := unix.Write(fd, []byte(text))
	require.NoError(t, err)
	require.Equal(t, len(text), n)
}

func read(t *testing.T, fd int) string {
	t.Helper()
	b := make([]byte, 1<<16)
	n, err := unix.Read(fd, b)
	require.NoError(t, err)
	return string(b[:n])
}

// fill writes until fd takes no more.
func fill(t *testing.T, fd int) {
	t.Helper()
	for b := make([]byte, 1<<16); ; {
		if _, err := unix.Write(fd, b); err != nil {
			require.ErrorIs(t, err, unix.EAGAIN)
			if len(b) == 1 {
				return
			}
			b = b[:1]
		}
	}
}
