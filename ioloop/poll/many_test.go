//go:build unix && !aix

package poll_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Of 10,000 descriptors, those that are ready are found, and no others.
func TestTenThousand(t *testing.T) {
	const n = 10_000
	raise(t, n+200)
	here, there := sockets(t) // one open file by many numbers would not do for Sigio
	write(t, there, "data")
	_, out := pipe(t)
	each(t, func(t *testing.T, p *poll.Poller) {
		if p.Backend() == poll.Sigio {
			t.Skip("its descriptors are open files of their own, which is TestManyOpenFiles")
		}
		before := heap()
		want := map[poll.Token]poll.Events{}
		var idle []poll.Token
		var fds []int
		for i := range n {
			from, is := here, r
			if i%100 != 7 {
				from = out // which is never readable
			}
			fd, err := unix.Dup(from)
			if err == unix.EMFILE {
				t.Skipf("no more than %d descriptors", i)
			}
			require.NoError(t, err)
			fds = append(fds, fd)
			if token, err := p.Add(fd, r); err == nil && from == here {
				want[token] = is
			} else if require.NoError(t, err); true {
				idle = append(idle, token)
			}
		}
		require.Equal(t, n, p.Len())
		got := map[poll.Token]poll.Events{}
		for range 100 {
			for _, e := range next(t, p) {
				got[e.Token] = e.Events
			}
			if len(got) >= len(want) {
				break
			}
		}
		require.Equal(t, want, got)
		for _, token := range idle {
			require.NoError(t, p.Remove(token))
		}
		require.Equal(t, len(want), p.Len())
		for token := range want {
			require.NoError(t, p.Remove(token))
		}
		require.Empty(t, now(t, p))
		for _, fd := range fds {
			require.NoError(t, unix.Close(fd))
		}
		clear(want)
		clear(got)
		idle, fds = nil, nil
		require.Less(t, heap(), before+100<<10, "memory of the peak is kept")
		require.Zero(t, p.Len())
	})
}

// heap returns the bytes in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Many open files are ready in turn, more than fit into a batch at once.
func TestManyOpenFiles(t *testing.T) {
	const n = 400
	each(t, func(t *testing.T, p *poll.Poller) {
		ends := map[int]int{}
		for range n {
			in, out := pipe(t)
			add(t, p, in, r)
			ends[in] = out
		}
		for range 3 {
			ready := map[int]bool{}
			for in, out := range ends {
				if rand.IntN(2) == 0 {
					write(t, out, "data")
					ready[in] = true
				}
			}
			for len(ready) > 0 {
				for _, e := range next(t, p) {
					require.Contains(t, ready, e.Token.FD())
					require.Equal(t, "data", read(t, e.Token.FD()))
					delete(ready, e.Token.FD())
				}
			}
			require.Empty(t, now(t, p))
		}
	})
}
