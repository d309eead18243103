//go:build unix

package ipc

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/fanfold/fanfold/internal/halt"
	"github.com/stretchr/testify/require"
)

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
		workers, _ := p.look()
		w := workers[0]
		if stopped {
			halt.Process(t, w.Pid)
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
