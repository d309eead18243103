//go:build unix

package ipc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// enqueue has a call wait for a worker of p.
func enqueue(p *Pool, name string, again bool) *pending {
	c := newPending(context.Background(), Call{Func: name})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.place(c, again)
	return c
}

// takes the call that w leads away from it, as an answer would.
func (p *Pool) takes(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := w.queue.first
	w.queue.remove(c)
	p.settle(c, answered, nil)
	p.proceed(w)
}

// Calls get workers in turn, but one that has lost its worker is first.
func TestTurns(t *testing.T) {
	p := &Pool{live: map[*worker]bool{}} // of no workers but the double
	w, _, _ := newDouble(t, p)
	p.live[w] = true
	var calls []*pending
	for _, name := range []string{"first", "second", "third"} {
		calls = append(calls, enqueue(p, name, false))
	}
	calls = slices.Insert(calls, 0, enqueue(p, "again", true))
	p.mu.Lock()
	p.refill(w)
	p.mu.Unlock()
	for i, c := range calls {
		require.EqualValues(t, leading, c.state.Load())
		require.Equal(t, []WorkerInfo{{Pid: nobody, State: WorkerBusy, Func: c.call.Func, Since: w.since, Calls: w.calls}}, p.Workers())
		require.Equal(t, len(calls)-1-i, p.Stats().Waiting)
		p.takes(w)
		require.EqualValues(t, settled, c.state.Load())
	}
	require.Equal(t, 1, p.Stats().Idle)
}

// A worker that is given to a call at the moment the call's ctx ends goes to
// whoever is next, unless the call is quicker.
func TestGivenTooLate(t *testing.T) {
	cause := errors.New("changed my mind")
	for range 100 { // whichever of the two the call sees first
		p := &Pool{live: map[*worker]bool{}, options: PoolOptions{Launch: Launch{Grace: time.Hour}}}
		w, _, die := newDouble(t, p)
		p.live[w] = true
		ctx, cancel := context.WithCancelCause(t.Context())
		late := enqueue(p, "late", false)
		next := enqueue(p, "next", false)
		done := make(chan struct{})
		go func() { p.await(ctx, late); close(done) }()
		p.mu.Lock()
		cancel(cause)
		p.refill(w)
		p.mu.Unlock()
		calls := w.transport.(*pipes)
		sent := func() bool {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(calls.unread.Fd()), Events: unix.POLLIN}}, 0)
			return n > 0 && err == nil
		}
		require.Eventually(t, func() bool { return p.Stats().Waiting == 0 || sent() }, 10*time.Second, time.Microsecond)
		if !sent() {
			<-done
			require.Equal(t, cause, late.err)
			require.EqualValues(t, leading, next.state.Load())
			require.Same(t, w, next.w)
		} else {
			die()
			<-done
			require.ErrorIs(t, late.err, ErrProcessDied)
		}
	}
}

// A worker that dies is replaced before anybody asks, but not if it was no use:
// workers that die as soon as they live would be a storm of forks.
func TestReplacement(t *testing.T) {
	for _, c := range []struct {
		name     string
		age      time.Duration
		calls    int64
		replaced bool
	}{
		{"useless", -time.Hour, 0, false},
		{"used", -time.Hour, 1, true},
		{"long-lived", time.Hour, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := NewPool(context.Background(), PoolOptions{Workers: 4})
			require.NoError(t, err)
			defer p.Close()
			p.mu.Lock()
			w := p.idle[0]
			w.Born, w.calls = time.Now().Add(-c.age), c.calls
			p.mu.Unlock()
			w.Kill()
			<-w.Died
			p.mu.Lock()
			begun := int(p.stats.Spawned) + p.starting - 1
			p.mu.Unlock()
			require.Equal(t, c.replaced, begun == 1)
			require.EqualValues(t, 1, p.Stats().Died)
		})
	}
}

// holds waits until somebody writes to the named pipe, and then forever.
var holds = Func("dispatch: holds", func(_ context.Context, fifo string) (int, error) {
	if _, err := os.ReadFile(fifo); err != nil {
		return 0, err
	}
	select {}
})

// Each of the lines between a pool and a worker is enough to end the worker.
func TestLifeLines(t *testing.T) {
	cut := func(t *testing.T, line func(*worker), stopped bool) {
		p, err := NewPool(context.Background(), PoolOptions{Workers: 1})
		require.NoError(t, err)
		defer p.Close()
		ended := make(chan error, 1)
		fifo := filepath.Join(t.TempDir(), "fifo")
		require.NoError(t, syscall.Mkfifo(fifo, 0o600))
		go func() { _, err := holds.On(p)(t.Context(), fifo); ended <- err }()
		require.NoError(t, os.WriteFile(fifo, nil, 0)) // blocks until the function runs
		p.mu.Lock()
		var w *worker
		for w = range p.live {
		}
		p.mu.Unlock()
		if stopped {
			require.NoError(t, syscall.Kill(w.Pid, syscall.SIGSTOP))
		}
		line(w)
		select {
		case err := <-ended:
			var died *ProcessDiedError
			require.ErrorAs(t, err, &died)
			require.Equal(t, syscall.SIGKILL, died.Signal, "the whole group must go")
		case <-time.After(10 * time.Second):
			t.Fatal("the worker lives on")
		}
	}
	control := func(w *worker) { w.control.Close() }
	life := func(w *worker) { w.Child.Close() }
	t.Run("control", func(t *testing.T) { cut(t, control, false) })
	if runtime.GOOS == "linux" {
		t.Run("life", func(t *testing.T) { cut(t, life, false) })
		t.Run("life, stopped", func(t *testing.T) { cut(t, life, true) })
	}
}
