//go:build unix && !aix

package poll_test

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop/poll"
)

const (
	r  = poll.Readable
	w  = poll.Writable
	pr = poll.Priority
	pc = poll.PeerClosed
	hu = poll.HungUp
	fa = poll.Failed
)

// What a descriptor is after something has happened, and what is reported of it. Sockets
// are a unix pair or a TCP connection.
func TestReadiness(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   poll.Events
		happen func(t *testing.T, here, there int)
		is     poll.Events
		ends   func(*testing.T) (here, there int)
	}{
		{"nothing, to be read", r, none, 0, sockets},
		{"nothing, to be written", w, none, w, sockets},
		{"nothing, both", r | w, none, w, sockets},
		{"data", r, data, r, sockets},
		{"data, both", r | w, data, r | w, sockets},
		{"data, to be written", w, data, w, sockets},
		{"data that nobody wants", 0, data, 0, sockets},
		{"full", w, full, 0, sockets},
		{"full, data", r | w, func(t *testing.T, here, there int) { full(t, here, there); data(t, here, there) }, r, sockets},
		{"other end sends no more", r | pc, halfClose, r | pc, sockets},
		{"other end sends no more, not wanted", r, halfClose, r, sockets},
		{"other end closed, to be read", r, gone, r | hu, sockets},
		{"other end closed, both", r | w | pc, gone, r | w | pc | hu, sockets},
		{"TCP: nothing", r | w, none, w, connections},
		{"TCP: data", r, data, r, connections},
		{"TCP: urgent", pr, urgent, pr, connections},
		{"TCP: urgent that nobody wants", r, urgent, 0, connections},
		{"TCP: other end sends no more", r | w | pc, halfClose, r | w | pc, connections},
		{"TCP: reset", r | w | pc, reset, r | w | pc | hu | fa, connections},
		{"pipe: nothing", r, none, 0, pipe},
		{"pipe: data", r, data, r, pipe},
		{"pipe: closed for writing", r, gone, r | hu, pipe},
		{"pipe: data, closed for writing", r, func(t *testing.T, here, there int) { data(t, here, there); gone(t, here, there) }, r | hu, pipe},
		{"pipe: room", w, none, w, epip},
		{"pipe: full", w, full, 0, epip},
		{"pipe: closed for reading", w, gone, w | fa, epip},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, p *poll.Poller) {
				if p.Backend() == poll.Kqueue && c.want&pr != 0 {
					t.Skip("kqueue has no filter for urgent data here")
				}
				here, there := c.ends(t)
				token := add(t, p, here, c.want)
				c.happen(t, here, there)
				if c.is == 0 {
					require.Empty(t, now(t, p))
				} else {
					require.Equal(t, []poll.Event{{Token: token, Events: c.is}}, settle(t, p, c.is))
				}
				// Level: what is ready stays so. Added later, it is the same.
				require.NoError(t, p.Remove(token))
				token = add(t, p, here, c.want)
				if c.is == 0 {
					require.Empty(t, now(t, p))
					return
				}
				for range 3 {
					require.Equal(t, []poll.Event{{Token: token, Events: c.is}}, next(t, p))
				}
			})
		})
	}
}

// Room in what was full ends a Wait, also in what was full before it was added: a unix
// stream sends no signal then.
func TestRoom(t *testing.T) {
	for name, ends := range map[string]func(*testing.T) (here, there int){"unix": sockets, "tcp": connections, "pipe": epip} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, p *poll.Poller) {
				here, there := ends(t)
				fill(t, here)
				token := add(t, p, here, w)
				for len(now(t, p)) > 0 { // the other end may take more at first
					fill(t, here)
				}
				var reader sync.WaitGroup
				defer reader.Wait() // or it may read from what the next test has under that number
				reader.Go(func() {
					for b := make([]byte, 1<<20); ; {
						if n, err := unix.Read(there, b); n <= 0 || err != nil {
							return
						}
					}
				})
				require.Equal(t, []poll.Event{{Token: token, Events: w}}, next(t, p))
			})
		})
	}
}

// settle waits until something is reported as is: what happens at one end of a
// connection reaches the other one a moment later.
func settle(t *testing.T, p *poll.Poller, is poll.Events) []poll.Event {
	t.Helper()
	for range 1000 {
		if found := next(t, p); found[0].Events == is {
			return found
		}
	}
	return next(t, p)
}

func none(*testing.T, int, int)            {}
func data(t *testing.T, _, there int)      { write(t, there, "data") }
func full(t *testing.T, here, _ int)       { fill(t, here) }
func gone(t *testing.T, _, there int)      { shut(t, there) }
func halfClose(t *testing.T, _, there int) { require.NoError(t, unix.Shutdown(there, unix.SHUT_WR)) }
func urgent(t *testing.T, _, there int) {
	require.NoError(t, unix.Sendto(there, []byte("!"), unix.MSG_OOB, nil))
}
func epip(t *testing.T) (here, there int) { there, here = pipe(t); return }

func reset(t *testing.T, _, there int) {
	require.NoError(t, unix.SetsockoptLinger(there, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	shut(t, there)
}

// connections returns both ends of a TCP connection.
func connections(t *testing.T) (here, there int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	ends := make([]int, 2)
	client, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	server, err := ln.Accept()
	require.NoError(t, err)
	for i, c := range []net.Conn{client, server} {
		f, err := c.(*net.TCPConn).File()
		require.NoError(t, err)
		ends[i], err = unix.Dup(int(f.Fd()))
		require.NoError(t, err)
		own(t, ends[i])
		require.NoError(t, f.Close())
		require.NoError(t, c.Close())
	}
	return ends[0], ends[1]
}

// Each mode, and how often a descriptor that stays readable is reported.
func TestModes(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		here, there := sockets(t)
		write(t, there, "first")

		token, err := p.Add(here, r|poll.Edge)
		if p.Backend() == poll.Select || p.Backend() == poll.Poll {
			require.ErrorContains(t, err, "edge")
			token = add(t, p, here, r)
			require.ErrorContains(t, p.Modify(token, w|poll.Edge), "edge")
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p), "it has changed nothing")
			require.NoError(t, p.Remove(token))
		} else {
			require.NoError(t, err)
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
			require.Empty(t, now(t, p), "it has not changed")
			write(t, there, "more")
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
			require.NoError(t, p.Modify(token, r|poll.Edge))
			require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p), "Modify reports what is")
			require.NoError(t, p.Remove(token))
		}

		token = add(t, p, here, r|w|poll.OneShot)
		require.Equal(t, []poll.Event{{Token: token, Events: r | w}}, next(t, p))
		require.Empty(t, now(t, p), "one shot")
		write(t, there, "more")
		require.Empty(t, now(t, p), "one shot")
		require.NoError(t, p.Modify(token, r|poll.OneShot))
		require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
		require.Empty(t, now(t, p), "one shot")
		require.NoError(t, p.Modify(token, r))
		require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p))
		require.Equal(t, []poll.Event{{Token: token, Events: r}}, next(t, p), "level again")
	})
}
