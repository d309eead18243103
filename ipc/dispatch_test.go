//go:build unix

package ipc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// enqueue has a call wait for a worker of p, and returns when it does.
func enqueue(t *testing.T, p *Pool, ctx context.Context, name string, again bool) <-chan grant {
	t.Helper()
	before := p.Stats().Waiting
	got := make(chan grant, 1)
	go func() {
		w, err := p.acquire(ctx, name, again)
		got <- grant{w, err}
	}()
	require.Eventually(t, func() bool { return p.Stats().Waiting == before+1 }, 10*time.Second, 100*time.Microsecond)
	return got
}

// Calls get workers in turn, but one that has lost its worker is first.
func TestTurns(t *testing.T) {
	p := &Pool{live: map[*worker]bool{}} // of no workers but the double
	w, _, _ := newDouble(t, p)
	p.live[w] = true
	calls := map[string]<-chan grant{}
	for _, name := range []string{"first", "second", "third"} {
		calls[name] = enqueue(t, p, t.Context(), name, false)
	}
	calls["again"] = enqueue(t, p, t.Context(), "again", true)
	for _, name := range []string{"again", "first", "second", "third"} {
		p.release(w)
		got := <-calls[name] // blocks for ever if it is another's turn
		require.NoError(t, got.err)
		require.Same(t, w, got.w)
		require.Equal(t, []WorkerInfo{{Pid: nobody, Busy: true, Func: name, Calls: w.calls}}, p.Workers())
	}
	p.release(w)
	require.Equal(t, 1, p.Stats().Idle)
}

// A worker that is granted to a call at the moment the call's ctx ends goes to
// whoever is next.
func TestGrantedTooLate(t *testing.T) {
	p := &Pool{live: map[*worker]bool{}}
	w, _, _ := newDouble(t, p)
	p.live[w] = true
	cause := errors.New("changed my mind")
	for range 100 { // whichever of the two the call sees first
		ctx, cancel := context.WithCancelCause(t.Context())
		late := enqueue(t, p, ctx, "late", false)
		next := enqueue(t, p, t.Context(), "next", false)
		p.mu.Lock()
		cancel(cause)
		p.offer(w)
		p.mu.Unlock()
		if got := <-late; got.err == nil {
			p.release(got.w)
		} else {
			require.Equal(t, cause, got.err)
			require.Nil(t, got.w)
		}
		got := <-next
		require.Same(t, w, got.w)
		require.Zero(t, p.Stats().Waiting)
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
			p, err := NewPool(PoolOptions{Workers: 4})
			require.NoError(t, err)
			defer p.Close()
			p.mu.Lock()
			w := p.idle[0]
			w.born, w.calls = time.Now().Add(-c.age), c.calls
			p.mu.Unlock()
			w.kill()
			<-w.died
			p.mu.Lock()
			begun := int(p.stats.Spawned) + p.starting - 1
			p.mu.Unlock()
			require.Equal(t, c.replaced, begun == 1)
			require.EqualValues(t, 1, p.Stats().Died)
		})
	}
}

// holds waits until somebody writes to the named pipe, and then for ever.
var holds = Func("dispatch: holds", func(_ context.Context, fifo string) (int, error) {
	if _, err := os.ReadFile(fifo); err != nil {
		return 0, err
	}
	select {}
})

// Each of the lines between a pool and a worker is enough to end the worker.
func TestLifeLines(t *testing.T) {
	cut := func(t *testing.T, line func(*worker) *os.File, stopped bool) {
		p, err := NewPool(PoolOptions{Workers: 1})
		require.NoError(t, err)
		defer p.Terminate()
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
			require.NoError(t, syscall.Kill(w.pid, syscall.SIGSTOP))
		}
		require.NoError(t, line(w).Close())
		select {
		case err := <-ended:
			var died *WorkerDiedError
			require.ErrorAs(t, err, &died)
			require.Equal(t, syscall.SIGKILL, died.Signal, "the whole group must go")
		case <-time.After(10 * time.Second):
			t.Fatal("the worker lives on")
		}
	}
	control := func(w *worker) *os.File { return w.control }
	life := func(w *worker) *os.File { return w.life }
	t.Run("control", func(t *testing.T) { cut(t, control, false) })
	if runtime.GOOS == "linux" {
		t.Run("life", func(t *testing.T) { cut(t, life, false) })
		t.Run("life, stopped", func(t *testing.T) { cut(t, life, true) })
	}
}
