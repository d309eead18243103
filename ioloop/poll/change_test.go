//go:build unix && !aix

package poll_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// Modify replaces what was wanted: a Modify that does nothing fails here.
func TestModify(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		here, there := sockets(t)
		token := add(t, p, here, r)
		require.Empty(t, now(t, p))
		for range 2 {
			require.NoError(t, p.Modify(token, w))
			require.Equal(t, []poll.Event{{Token: token, Events: w}}, next(t, p))
			write(t, there, "data")
			require.Equal(t, []poll.Event{{Token: token, Events: w}}, next(t, p))
			require.NoError(t, p.Modify(token, r|w))
			require.Equal(t, []poll.Event{{Token: token, Events: r | w}}, next(t, p))
			require.NoError(t, p.Modify(token, 0))
			require.Empty(t, now(t, p))
			require.NoError(t, p.Modify(token, r))
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
			require.Equal(t, "data", read(t, here))
			require.Empty(t, now(t, p))
		}
	})
}

// No event of a removed descriptor is yielded, not even by the range that removes it.
func TestRemoveWithinRange(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		tokens := map[poll.Token]bool{}
		for range 5 {
			fd, _ := sockets(t)
			tokens[add(t, p, fd, w)] = true
		}
		var yielded []poll.Token
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		for e := range events {
			yielded = append(yielded, e.Token)
			for other := range tokens {
				if other != e.Token {
					require.NoError(t, p.Remove(other))
					require.ErrorIs(t, p.Remove(other), poll.ErrStale)
					delete(tokens, other)
				}
			}
		}
		require.Len(t, yielded, 1)
		require.Equal(t, 1, p.Len())
		require.Equal(t, yielded[0], next(t, p)[0].Token)
	})
}

// A number that is used again within a range has a new token, and the old event is
// not taken for one of the new file.
func TestNumberReusedWithinRange(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		a, _ := sockets(t)
		b, _ := sockets(t)
		tokens := map[int]poll.Token{a: add(t, p, a, w), b: add(t, p, b, w)}
		idle, _ := pipe(t)
		var yielded []poll.Token
		var renewed poll.Token
		events, err := p.Wait(t.Context())
		require.NoError(t, err)
		for e := range events {
			yielded = append(yielded, e.Token)
			other := a + b - e.Token.FD()
			require.NoError(t, p.Remove(tokens[other]))
			shut(t, other)
			onto(t, idle, other)
			renewed = add(t, p, other, r)
			require.NotEqual(t, tokens[other], renewed)
		}
		require.Len(t, yielded, 1)
		require.ErrorIs(t, p.Modify(tokens[renewed.FD()], r), poll.ErrStale)
		require.Equal(t, yielded, []poll.Token{next(t, p)[0].Token})
	})
}

// A descriptor that was closed without Remove is not reported, and its number can be
// added for another file.
func TestClosedBehind(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		other, far := sockets(t)
		quiet := add(t, p, other, r)
		for range 3 {
			fd, _ := sockets(t)
			old := add(t, p, fd, w)
			require.Equal(t, []poll.Event{{Token: old, Events: w}}, now(t, p))
			shut(t, fd)
			require.Empty(t, now(t, p))
			require.Empty(t, now(t, p))

			in, out := pipe(t)
			if in != fd {
				onto(t, in, fd)
			}
			fresh := add(t, p, fd, r)
			require.ErrorIs(t, p.Modify(old, r), poll.ErrStale)
			require.ErrorIs(t, p.Remove(old), poll.ErrStale)
			require.Empty(t, now(t, p))
			write(t, out, "data")
			require.Equal(t, []poll.Event{{Token: fresh, Events: r}}, next(t, p))
			write(t, far, "data")
			require.Len(t, next(t, p), 2)
			require.Equal(t, "data", read(t, other))

			shut(t, fd) // behind its back again, and no other file has come
			require.NoError(t, p.Remove(fresh))
			require.ErrorIs(t, p.Remove(fresh), poll.ErrStale)
			if in != fd {
				shut(t, in)
			}
		}
		require.NoError(t, p.Remove(quiet))
		require.Zero(t, p.Len())
	})
}

// The number was closed and stands for another file, which nobody has seen yet.
func TestReplacedBehind(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		old := add(t, p, fd, w)
		in, out := pipe(t)
		shut(t, fd)
		onto(t, in, fd)
		require.ErrorIs(t, p.Modify(old, r), unix.EBADF)
		fresh := add(t, p, fd, r)
		require.ErrorIs(t, p.Modify(old, r), poll.ErrStale)
		write(t, out, "data")
		require.Equal(t, []poll.Event{{Token: fresh, Events: r}}, next(t, p))
	})
}

// A file that was closed while a duplicate is open stays in the kernel's list, where its
// number cannot remove it any more. It is not reported, and a Wait blocks.
func TestDuplicateOpen(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, _ := sockets(t)
		dup, err := unix.Dup(fd)
		require.NoError(t, err)
		own(t, dup)
		old := add(t, p, fd, w)
		require.Len(t, next(t, p), 1)
		shut(t, fd)
		require.NoError(t, p.Remove(old))
		require.Empty(t, now(t, p))

		in, out := pipe(t)
		if in != fd {
			onto(t, in, fd)
		}
		fresh := add(t, p, fd, r)
		require.Empty(t, now(t, p))
		blocks(t, p)
		write(t, out, "data")
		require.Equal(t, []poll.Event{{Token: fresh, Events: r}}, next(t, p))
	})
}

// The same file, by two numbers.
func TestDuplicates(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		fd, there := sockets(t)
		dup, err := unix.Dup(fd)
		require.NoError(t, err)
		own(t, dup)
		a := add(t, p, fd, r)
		b, err := p.Add(dup, r)
		if p.Backend() == poll.Sigio {
			require.ErrorIs(t, err, unix.EBUSY, "an open file has one owner of its signals")
			return
		}
		require.NoError(t, err)
		write(t, there, "data")
		require.Len(t, next(t, p), 2)
		require.NoError(t, p.Remove(a))
		require.Equal(t, []poll.Event{{Token: b, Events: r}}, next(t, p))
	})
}

// Changes that other goroutines make are heeded by the Wait that is under way.
func TestChangesMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		idle, _ := sockets(t)
		add(t, p, idle, r)
		fd, _ := sockets(t)
		var token poll.Token
		var wait sync.WaitGroup
		for _, change := range []func(){
			func() { token = add(t, p, fd, w) },
			func() { require.NoError(t, p.Modify(token, w)) },
		} {
			wait.Go(func() { change() })
			require.Equal(t, fd, next(t, p)[0].Token.FD())
			wait.Wait()
			require.NoError(t, p.Modify(token, r))
			require.Empty(t, now(t, p))
		}
	})
}
