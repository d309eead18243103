package ioloop_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// echoes are ways to serve an echo, by callbacks and by goroutines.
var echoes = map[string]func(*ioloop.Conn) *ioloop.Handler{
	"callbacks": echo,
	"streams": ioloop.Streams(func(_ context.Context, s *ioloop.Stream) error {
		_, err := io.Copy(s, s)
		return err
	}),
}

// loaded runs a test with a loop that does not run yet, over a poller and a ring, for each of
// echoes.
func loaded(t *testing.T, test func(*testing.T, *ioloop.Loop, func(*ioloop.Conn) *ioloop.Handler)) {
	t.Helper()
	for _, b := range []poll.Backend{poll.Epoll, poll.Poll, onRing} {
		for name, open := range echoes {
			t.Run(string(b)+", "+name, func(t *testing.T) {
				o := ioloop.Options{Ring: ringOf(t, b)}
				if b != onRing {
					var err error
					o.Poller, err = poll.New(poll.Options{Backend: b})
					require.NoError(t, err)
				}
				l, err := ioloop.New(o)
				require.NoError(t, err)
				defer func() {
					require.NoError(t, l.Close())
					require.Zero(t, l.Stats().Conns)
				}()
				test(t, l, open)
			})
		}
	}
}

// Run ends and begins again, on other threads, while clients connect and talk: each of them
// gets all of its bytes back.
func TestStopUnderLoad(t *testing.T) {
	loaded(t, func(t *testing.T, l *ioloop.Loop, open func(*ioloop.Conn) *ioloop.Handler) {
		opened, stops := 0, 0
		s, err := l.Serve(listen(t), func(c *ioloop.Conn) *ioloop.Handler { opened++; return open(c) })
		require.NoError(t, err)
		stop := runOnce(t, l)
		busy, rounds := 20, effort.Times(10, 4, 200)
		c := startClients(t, s.Addr().String(), 0, busy, rounds)
		c.says(t, "idle")
		said := make(chan string, 1)
		go func() {
			c.out.Scan()
			said <- c.out.Text()
		}()
		text := ""
		for text == "" {
			select {
			case text = <-said:
			case <-time.After(time.Duration(rand.IntN(1000)) * time.Microsecond):
			}
			stop()
			stops++
			stop = runOnce(t, l)
		}
		require.Equal(t, "done", text)
		c.end(t)
		require.NoError(t, s.Shutdown(t.Context()))
		stop()
		require.Equal(t, busy*rounds, opened)
		t.Log(stops, "stops")
	})
}

// A ledger knows the connections that clients have made, and those that a server has opened.
type ledger struct {
	mu     sync.Mutex
	dialed map[string]int
	opened map[string]int
	served atomic.Int64
	lost   map[string]error // whose bytes have not come back
	wrong  []string         // what no client may get
}

// client talks to addr until it is refused, or its bytes do not come back.
func (g *ledger) client(addr string, r *rand.Rand) {
	for {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		own := nc.LocalAddr().String()
		g.mu.Lock()
		g.dialed[own]++
		g.mu.Unlock()
		want := make([]byte, 1+r.IntN(1<<(1+r.IntN(18))))
		for i := range want {
			want[i] = byte(i >> 3)
		}
		wrote := make(chan error, 1)
		go func() { wrote <- writePieces(nc.(*net.TCPConn), want, rand.New(rand.NewPCG(uint64(len(want)), 1))) }()
		got, err := io.ReadAll(nc)
		nc.Close()
		err = errors.Join(err, <-wrote)
		switch whole := len(got) == len(want); {
		case !bytes.HasPrefix(want, got):
			g.note(own, nil, "other bytes")
			return
		case err == nil && !whole:
			g.note(own, nil, "an orderly end too early")
			return
		case err != nil && !whole:
			g.note(own, err, "")
			return
		}
		g.served.Add(1)
	}
}

func (g *ledger) note(own string, err error, wrong string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost[own] = err; wrong != "" {
		g.wrong = append(g.wrong, wrong)
	}
}

// Shutdown while clients connect and talk: those that the server has accepted get all of
// their bytes, and those that it aborts learn that they do not.
func TestShutdownUnderFire(t *testing.T) {
	cause := errors.New("cause")
	for name, aborts := range map[string]bool{"waits": false, "aborts": true} {
		t.Run(name, func(t *testing.T) {
			loaded(t, func(t *testing.T, l *ioloop.Loop, open func(*ioloop.Conn) *ioloop.Handler) {
				g := &ledger{dialed: map[string]int{}, opened: map[string]int{}, lost: map[string]error{}}
				s, err := l.Serve(listen(t), func(c *ioloop.Conn) *ioloop.Handler {
					g.mu.Lock()
					defer g.mu.Unlock()
					g.opened[c.RemoteAddr().String()]++
					return open(c)
				})
				require.NoError(t, err)
				stop := runOnce(t, l)
				var clients sync.WaitGroup
				for i := range 20 {
					clients.Go(func() { g.client(s.Addr().String(), rand.New(rand.NewPCG(uint64(i), 1))) })
				}
				most := int64(effort.Times(100, 40, 3000))
				require.Eventually(t, func() bool { return g.served.Load() >= most }, patience, 100*time.Microsecond)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				if aborts {
					cancel(cause)
					require.ErrorIs(t, s.Shutdown(ctx), cause)
				} else {
					require.NoError(t, s.Shutdown(ctx))
				}
				require.Zero(t, s.Conns())
				clients.Wait()
				stop()
				require.Empty(t, g.wrong)
				for own, err := range g.lost {
					if !aborts {
						require.NotEqual(t, g.dialed[own], g.opened[own], "accepted, and lost: %v", err)
					}
				}
				t.Logf("%d served, %d lost", g.served.Load(), len(g.lost))
			})
		})
	}
}
