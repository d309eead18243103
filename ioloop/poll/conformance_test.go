//go:build unix && !aix

package poll_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A conformance is a behaviour of CPython's tests, which every backend has.
type conformance struct {
	name string
	test func(*testing.T, *poll.Poller)
}

func conform(t *testing.T, list []conformance) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) { each(t, c.test) })
	}
}

// lapse waits until d has passed, and no shorter.
func lapse(t *testing.T, p *poll.Poller, d time.Duration) {
	t.Helper()
	at := time.Now().Add(d)
	p.WakeAt(at)
	defer p.WakeAt(time.Time{})
	events, err := p.Wait(t.Context())
	require.NoError(t, err)
	require.Empty(t, sorted(events))
	require.False(t, time.Now().Before(at))
}

// relay writes a message to each of many pairs in turn. It is the only one that is
// readable then. Both ends leave the poller, or are closed before they do.
func relay(t *testing.T, p *poll.Poller, pair func(*testing.T) (here, there int), closed bool) {
	t.Helper()
	readerOf, tokens := map[int]int{}, map[int]poll.Token{}
	for range 12 {
		in, out := pair(t)
		tokens[in], tokens[out] = add(t, p, in, 0), add(t, p, out, w)
		require.NoError(t, p.Modify(tokens[in], r))
		readerOf[out] = in
	}
	for len(readerOf) > 0 {
		ready := next(t, p)
		out := ready[len(ready)/2].Token.FD()
		in := readerOf[out]
		write(t, out, "This is a test.")
		reader := poll.Event{Token: tokens[in], Events: r}
		require.True(t, slices.Contains(next(t, p), reader))
		require.Equal(t, "This is a test.", read(t, in))
		if closed {
			shut(t, out)
			shut(t, in)
		}
		require.NoError(t, p.Remove(tokens[out]))
		require.NoError(t, p.Remove(tokens[in]))
		delete(readerOf, out)
	}
	require.Zero(t, p.Len())
}

// childWrites reads what a child process writes, line after line, to the end.
func childWrites(t *testing.T, p *poll.Poller) {
	in, out, err := os.Pipe()
	require.NoError(t, err)
	fd, err := unix.Dup(int(in.Fd()))
	require.NoError(t, err)
	own(t, fd)
	require.NoError(t, in.Close())
	cmd := exec.Command("sh", "-c", "for i in 0 1 2 3 4 5 6 7 8 9; do echo testing...; done")
	cmd.Stdout = out
	require.NoError(t, cmd.Start())
	require.NoError(t, out.Close())
	token := add(t, p, fd, r)
	var got strings.Builder
	for {
		found := next(t, p)
		require.Len(t, found, 1)
		require.Equal(t, token, found[0].Token)
		require.NotZero(t, found[0].Events&r)
		text := read(t, fd)
		if text == "" {
			break
		}
		got.WriteString(text)
	}
	require.Equal(t, 10, len(got.String())/len("testing...\n"))
	require.NoError(t, cmd.Wait())
}
