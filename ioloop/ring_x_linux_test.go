package ioloop_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// resting returns a loop with a ring that does not run.
func resting(t *testing.T) *ioloop.Loop {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{Ring: ringOf(t, onRing)})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			require.ErrorIs(t, err, ioloop.ErrClosed)
		}
	})
	return l
}

// runOnce runs l on a thread that ends afterwards, until the returned function is called.
func runOnce(t *testing.T, l *ioloop.Loop) (stop func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- l.Run(background)
	}()
	return func() {
		l.Stop()
		require.NoError(t, <-done)
	}
}

// A loop with a ring runs again on other threads. What comes in between is not lost, and
// what was under way goes on.
func TestRingRunsAgain(t *testing.T) {
	l := resting(t)
	s, err := l.Serve(listen(t), echo)
	require.NoError(t, err)
	master, slave := pty(t)
	defer master.Close()
	defer slave.Close()
	reading := l.ReadFile(t.Context(), slave.Name())
	clients := make([]net.Conn, 5)
	for i := range clients {
		clients[i], err = net.Dial("tcp", s.Addr().String())
		require.NoError(t, err)
		defer clients[i].Close()
		send(t, clients[i], "!")
	}
	answers := func(text string) {
		t.Helper()
		for _, c := range clients {
			got := make([]byte, len(text))
			_, err := io.ReadFull(c, got)
			require.NoError(t, err)
			require.Equal(t, text, string(got))
		}
	}
	for range 4 {
		stop := runOnce(t, l)
		answers("!")
		require.Equal(t, concurrent.Running, reading.State())
		for _, c := range clients {
			send(t, c, "between") // comes to the ring that ends, or to the next
		}
		stop()
		stop = runOnce(t, l)
		answers("between")
		stop()
		for _, c := range clients {
			send(t, c, "!")
		}
	}
	require.NoError(t, l.Close())
	_, err = reading.Result(t.Context())
	require.ErrorIs(t, err, ioloop.ErrClosed)
}

// More connections have bytes than there are buffers.
func TestRingBuffersRunOut(t *testing.T) {
	defer ioloop.SetRingBuffers(2, 64)()
	l := running(t, onRing)
	s, err := l.Serve(listen(t), echo)
	require.NoError(t, err)
	var clients sync.WaitGroup
	for range 40 {
		clients.Go(func() {
			c, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for range 10 {
				if _, err := c.Write(make([]byte, 1000)); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
}

// A connection that is paused takes no more bytes than are on their way, so that its other
// end has to wait, and has all of them when it is resumed. It gets a part of what has come in
// each turn.
func TestRingPause(t *testing.T) {
	const size, bufferSize = 64 << 20, 4096
	defer ioloop.SetRingBuffers(64, bufferSize)()
	l := running(t, onRing)
	conns := make(chan *ioloop.Conn, 1)
	all := make(chan struct{})
	got, turn, inTurn, most := 0, int64(0), 0, 0
	s, err := l.Serve(listen(t), func(c *ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{Data: func(_ *ioloop.Conn, data []byte) (int, error) {
			if got == 0 {
				c.Pause()
				conns <- c
			}
			if now := l.Stats().Turns; now != turn {
				turn, inTurn = now, 0
			}
			inTurn += len(data)
			most = max(most, inTurn)
			if got += len(data); got == size {
				close(all)
			}
			return len(data), nil
		}}
	})
	require.NoError(t, err)
	c, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	written := make(chan error, 1)
	var sent atomic.Int64
	go func() {
		piece := make([]byte, 64<<10)
		for range size / len(piece) {
			n, err := c.Write(piece)
			if sent.Add(int64(n)); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	paused := <-conns
	other := dialTCP(t, l, echo)
	for before := int64(-1); before != sent.Load(); { // until it waits
		before = sent.Load()
		for range 50 {
			send(t, other, "ping")
			_, err := io.ReadFull(other, make([]byte, 4))
			require.NoError(t, err)
		}
	}
	require.Less(t, sent.Load(), int64(size/2), "what the sockets hold")
	on(t, l, func() {
		require.LessOrEqual(t, got, bufferSize)
		paused.Resume()
		paused.Pause()
		paused.Resume()
	})
	<-all
	require.NoError(t, <-written)
	on(t, l, func() { require.LessOrEqual(t, most, 4*bufferSize+64<<10) })
}

// What has come before Detach is unread, and what comes after it is the net.Conn's.
func TestRingDetach(t *testing.T) {
	defer ioloop.SetRingBuffers(16, 64)()
	l := running(t, onRing)
	type left struct {
		used   int
		nc     net.Conn
		unread []byte
		err    error
	}
	for round := range 20 {
		lefts := make(chan left, 1)
		calls, used := 0, 0
		c := dialTCP(t, l, func(c *ioloop.Conn) *ioloop.Handler {
			leave := func() {
				c.Write([]byte("bye"))
				nc, unread, err := c.Detach()
				lefts <- left{used, nc, unread, err}
			}
			return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
				if calls++; calls > 1 {
					t.Error("Data of a connection that was paused or has left")
				}
				if round%2 == 0 {
					used = len(data) // the caller has it
					leave()
				} else {
					c.Pause()
					l.AfterFunc(time.Millisecond, leave)
				}
				return 0, nil
			}}
		})
		want := make([]byte, 1000)
		for i := range want {
			want[i] = byte(i)
		}
		_, err := c.Write(want)
		require.NoError(t, err)
		d := <-lefts
		require.NoError(t, d.err)
		_, err = c.Write([]byte("more"))
		require.NoError(t, err)
		require.NoError(t, c.(*net.TCPConn).CloseWrite())
		rest, err := io.ReadAll(d.nc)
		require.NoError(t, err)
		require.NoError(t, d.nc.Close())
		require.Equal(t, string(want[d.used:])+"more", string(d.unread)+string(rest))
		answer, err := io.ReadAll(c)
		require.NoError(t, err)
		require.Equal(t, "bye", string(answer))
	}
}

// Writes of any size reach a reader that is slow, in order, whether the kernel sends them
// or a system call of the loop does.
func TestRingSlowReader(t *testing.T) {
	l := running(t, onRing)
	const size = 4 << 20
	random := rand.New(rand.NewPCG(1, 2))
	c := dialUnix(t, l, func(c *ioloop.Conn) *ioloop.Handler {
		require.NoError(t, unix.SetsockoptInt(c.FD(), unix.SOL_SOCKET, unix.SO_SNDBUF, 4096))
		next := 0
		more := func() {
			for !c.Full() && next < size {
				p := make([]byte, min(1+random.IntN(1<<random.IntN(16)), size-next))
				for i := range p {
					p[i] = byte((next + i) * (next + i) >> 8)
				}
				if _, err := c.Write(p); err != nil {
					t.Error(err)
				}
				if next += len(p); random.IntN(4) == 0 {
					l.Soon(func() { c.Write(nil) })
					break
				}
			}
		}
		ticks := l.Every(100*time.Microsecond, more)
		return &ioloop.Handler{Drain: func(*ioloop.Conn) { more() }, Close: func(*ioloop.Conn, error) { ticks.Stop() }}
	}, ioloop.ConnOptions{High: 30_000})
	at := 0
	for p := make([]byte, 20_000); at < size; {
		n, err := c.Read(p[:1+at%len(p)])
		require.NoError(t, err)
		for i := range p[:n] {
			if p[i] != byte((at+i)*(at+i)>>8) {
				t.Fatalf("byte %d is wrong", at+i)
			}
		}
		at += n
	}
}

// A loop that is stopped and run again and again answers all that connect meanwhile.
func TestRingStopsWhileOthersConnect(t *testing.T) {
	l := resting(t)
	s, err := l.Serve(listen(t), echo)
	require.NoError(t, err)
	var clients sync.WaitGroup
	var ended atomic.Bool
	for range 4 {
		clients.Go(func() {
			for range 200 {
				c, err := net.Dial("tcp", s.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				c.SetDeadline(time.Now().Add(patience))
				c.Write([]byte("x"))
				if _, err := c.Read(make([]byte, 1)); err != nil {
					t.Error("no answer: ", err)
				}
				c.Close()
			}
		})
	}
	go func() { clients.Wait(); ended.Store(true) }()
	for !ended.Load() {
		runOnce(t, l)()
	}
	clients.Wait()
}

// What stays ready is told again in each turn.
func TestRingWatchesLevels(t *testing.T) {
	l := running(t, onRing)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	_, err = w.WriteString("0123456789")
	require.NoError(t, err)
	all := make(chan struct{})
	on(t, l, func() {
		n := 0
		raw, err := r.SyscallConn()
		require.NoError(t, err)
		require.NoError(t, raw.Control(func(fd uintptr) {
			var watch *ioloop.Watch
			watch, err = l.Watch(int(fd), poll.Readable, func(poll.Events) {
				if n++; n == 10 {
					watch.Stop()
					close(all)
				}
			})
		}))
		require.NoError(t, err)
	})
	<-all
}

// Calls of files wait for the loop, are canceled, are bounded, and end with the loop.
func TestRingFiles(t *testing.T) {
	ctx := t.Context()
	l := resting(t)
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, []byte("contents"), 0o600))

	canceled, cancel := context.WithCancelCause(ctx)
	first := l.ReadFile(canceled, name)
	second := l.ReadFile(ctx, name)
	cancel(errors.New("cause"))
	_, err := first.Result(ctx)
	require.ErrorContains(t, err, "cause")
	require.Equal(t, concurrent.Pending, second.State())
	stop := runOnce(t, l)
	data, err := second.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "contents", string(data))
	f, err := l.Open(ctx, name, os.O_RDWR|os.O_APPEND, 0).Result(ctx)
	require.NoError(t, err)
	_, err = f.WriteAt(ctx, []byte("x"), 0).Result(ctx)
	require.ErrorContains(t, err, "O_APPEND")
	_, err = f.ReadAt(ctx, make([]byte, 1), -1).Result(ctx)
	require.ErrorContains(t, err, "negative offset")
	stop()

	// A call keeps the descriptor of its file open.
	b := make([]byte, 8)
	reading := f.ReadAt(ctx, b, 0)
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), ioloop.ErrClosed)
	stop = runOnce(t, l)
	n, err := reading.Result(ctx)
	require.NoError(t, err)
	require.Equal(t, "contents", string(b[:n]))
	stop()

	// So many calls wait, and no more.
	var waiting []*concurrent.Future[[]byte]
	for {
		f := l.ReadFile(ctx, name)
		if f.State() == concurrent.Done {
			_, err := f.Result(ctx)
			require.ErrorIs(t, err, concurrent.ErrFull)
			break
		}
		waiting = append(waiting, f)
	}
	require.Len(t, waiting, 16+4096)
	stop = runOnce(t, l)
	for _, f := range waiting {
		_, err := f.Result(ctx)
		require.NoError(t, err)
	}
	stop()
	last := l.ReadFile(ctx, name)
	require.NoError(t, l.Close())
	for _, f := range []*concurrent.Future[[]byte]{last, l.ReadFile(ctx, name)} {
		_, err = f.Result(ctx)
		require.ErrorIs(t, err, ioloop.ErrClosed)
	}
}

// Memory of buffers goes back to the system a second after the last bytes.
func TestRingTrims(t *testing.T) {
	l := running(t, onRing)
	c := dialTCP(t, l, echo)
	send(t, c, "x")
	_, err := io.ReadFull(c, make([]byte, 1))
	require.NoError(t, err)
	require.True(t, ioloop.RingUsesBuffers(l))
	require.Eventually(t, func() bool { return !ioloop.RingUsesBuffers(l) }, patience, 10*time.Millisecond)
}

// A connection that has much to read gets four buffers of it in a turn, so that the others
// have their turn, too.
func TestRingBudget(t *testing.T) {
	const size, buffers = 1 << 10, 40
	defer ioloop.SetRingBuffers(64, size)()
	l := resting(t)
	ln := listen(t)
	client, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Write(make([]byte, buffers*size))
	require.NoError(t, err)
	turns := map[int64]int{} // in which so many bytes came as they were received
	total, done := 0, make(chan struct{})
	_, err = l.Serve(ln, func(*ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{Data: func(_ *ioloop.Conn, data []byte) (int, error) {
			if len(data) <= size {
				turns[l.Stats().Turns] += len(data)
			}
			if total += len(data); total == buffers*size {
				close(done)
			}
			return len(data), nil
		}}
	})
	require.NoError(t, err)
	stop := runOnce(t, l)
	<-done
	stop()
	for turn, n := range turns { // the rest comes in one piece, in the next turn
		require.LessOrEqual(t, n, 4*size, "in turn %d", turn)
	}
}
