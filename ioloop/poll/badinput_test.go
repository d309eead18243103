//go:build unix && !aix

package poll_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

func TestRefusals(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer file.Close()
	folder, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer folder.Close()
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		token := add(t, p, fd, r)
		closed, _ := sockets(t)
		shut(t, closed)
		for _, c := range []struct {
			name string
			fd   int
			want error
		}{
			{"negative", -1, unix.EBADF},
			{"very negative", math.MinInt, unix.EBADF},
			{"beyond 32 bits", math.MaxInt, unix.EBADF},
			{"large", math.MaxInt32, unix.EBADF},
			{"closed", closed, unix.EBADF},
			{"twice", fd, fs.ErrExist},
			{"regular file", int(file.Fd()), poll.ErrNotPollable},
			{"folder", int(folder.Fd()), poll.ErrNotPollable},
		} {
			got, err := p.Add(c.fd, r)
			require.ErrorIs(t, err, c.want, c.name)
			require.Zero(t, got)
			var e *poll.FDError
			require.ErrorAs(t, err, &e, c.name)
			require.Equal(t, c.fd, e.FD)
			require.Equal(t, p.Backend(), e.Backend)
		}
		require.Equal(t, 1, p.Len())
		require.ErrorIs(t, p.Modify(poll.Token{}, r), poll.ErrStale)
		require.ErrorIs(t, p.Remove(poll.Token{}), poll.ErrStale)
		require.NoError(t, p.Modify(token, r))
	})
}

// Select takes descriptors below 1024 unless it is told otherwise.
func TestSelectLimit(t *testing.T) {
	raise(t, 2100)
	fd, there := sockets(t)
	high := 2000
	onto(t, fd, high)
	p := open(t, poll.Options{Backend: poll.Select})
	_, err := p.Add(high, r)
	var e *poll.FDError
	require.ErrorAs(t, err, &e)
	require.Equal(t, poll.FDError{FD: high, Limit: 1024, Backend: poll.Select, Err: unix.EINVAL}, *e)
	require.EqualError(t, err, "poll: descriptor 2000: select takes descriptors below 1024: invalid argument")
	_, err = p.Add(5000, r)
	require.ErrorIs(t, err, unix.EBADF)

	big := open(t, poll.Options{Backend: poll.Select, BigSelect: true})
	token, err := big.Add(high, r)
	if err != nil {
		require.ErrorIs(t, err, unix.EINVAL)
		t.Skip("select has no large bitmaps here")
	}
	require.Empty(t, now(t, big))
	write(t, there, "data")
	require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, big))
}

// raise makes n descriptors possible, or skips the test.
func raise(t *testing.T, n uint64) {
	t.Helper()
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if uint64(limit.Max) < n {
		t.Skipf("the limit of descriptors is %d, and the test needs %d", limit.Max, n)
	}
	if uint64(limit.Cur) < n {
		for limit.Cur = 0; uint64(limit.Cur) < n; limit.Cur++ { // whose type is not the same everywhere
		}
		require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	}
}

func TestUnknownBackend(t *testing.T) {
	_, err := poll.New(poll.Options{Backend: "devpoll"})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	require.ErrorContains(t, err, `"devpoll"`)
}

func TestMisuse(t *testing.T) {
	require.PanicsWithValue(t, "poll: New with 2 poll.Options arguments, want at most one", func() {
		poll.New(poll.Options{}, poll.Options{})
	})
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		require.PanicsWithValue(t, "poll: Add wants unknown events: Readable|0x400", func() { p.Add(fd, r|1<<10) })
		token := add(t, p, fd, r)
		require.PanicsWithValue(t, "poll: Modify wants unknown events: 0x8000", func() { p.Modify(token, 1<<15) })
	})
}

// A poller that finds no descriptor left says so, and leaves none.
func TestNoDescriptorLeft(t *testing.T) {
	for _, b := range poll.Backends() {
		var limit unix.Rlimit
		require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
		free, err := unix.Dup(0)
		require.NoError(t, err)
		require.NoError(t, unix.Close(free))
		for more := range 3 {
			tight := limit
			for tight.Cur = 0; int(tight.Cur) < free+more; tight.Cur++ {
			}
			require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &tight))
			p, err := poll.New(poll.Options{Backend: b})
			require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
			if err != nil {
				require.ErrorIs(t, err, unix.EMFILE)
			} else {
				require.NoError(t, p.Close())
			}
		}
	}
}
