package ioloop_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/ioloop"
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

// A connection that is paused takes no buffers from the others, and has all of its bytes
// when it is resumed.
func TestRingPause(t *testing.T) {
	defer ioloop.SetRingBuffers(16, 4096)()
	l := running(t, onRing)
	conns := make(chan *ioloop.Conn, 1)
	got, size := 0, 1<<20
	all := make(chan struct{})
	s, err := l.Serve(listen(t), func(c *ioloop.Conn) *ioloop.Handler {
		c.Pause()
		conns <- c
		return &ioloop.Handler{Data: func(_ *ioloop.Conn, data []byte) (int, error) {
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
	go func() { _, _ = c.Write(make([]byte, size)) }()
	paused := <-conns
	other := dialTCP(t, l, echo)
	for range 50 {
		send(t, other, "ping")
		_, err := io.ReadFull(other, make([]byte, 4))
		require.NoError(t, err)
	}
	on(t, l, func() {
		require.Zero(t, got)
		paused.Resume()
		paused.Pause()
		paused.Resume()
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
