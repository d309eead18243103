package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// A watched is a handle on its way, and what to do with it over there.
type watched struct {
	Do     string
	Handle *ipc.Handle
}

type watchedBy struct {
	Pid    int
	Name   string
	Alive  bool
	Handle *ipc.Handle
}

var watchProcess = ipc.Func("handles: watch", func(ctx context.Context, w watched) (r watchedBy, err error) {
	if w.Do == "parent" {
		r.Handle, err = ipc.Parent()
		return r, err
	}
	defer w.Handle.Close()
	switch w.Do {
	case "kill":
		err = errors.Join(w.Handle.Kill(), w.Handle.Join(ctx))
	case "join":
		err = w.Handle.Join(ctx)
	}
	return watchedBy{Pid: w.Handle.Pid(), Name: w.Handle.Name(), Alive: w.Handle.Alive()}, err
})

func startSleep(t *testing.T) *exec.Cmd {
	cmd := exec.Command("sleep", "100")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

func TestHandle(t *testing.T) {
	cmd := startSleep(t)
	h, err := ipc.HandleOf(cmd.Process.Pid)
	require.NoError(t, err)
	defer h.Close()
	require.Equal(t, cmd.Process.Pid, h.Pid())
	require.True(t, h.Alive())
	require.NoError(t, h.Signal(syscall.Signal(0)))
	require.ErrorIs(t, h.Signal(nil), errors.ErrUnsupported)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.Equal(t, context.DeadlineExceeded, h.Join(ctx))
	require.Equal(t, context.DeadlineExceeded, h.Join(ctx))
	joined := make(chan error, 2)
	for range 2 {
		go func() { joined <- h.Join(t.Context()) }()
	}
	require.NoError(t, h.Terminate())
	require.NoError(t, within(t, func() error { return errors.Join(<-joined, <-joined) }))
	require.False(t, h.Alive(), "whether it was waited for or not")
	cmd.Wait()
	require.Equal(t, os.ErrProcessDone, h.Kill())
	require.NoError(t, h.Join(t.Context()))

	_, err = ipc.HandleOf(1 << 22) // the system gives out smaller ones
	require.ErrorIs(t, err, os.ErrProcessDone)
	require.NoError(t, h.Close())
	require.NoError(t, h.Close())
	for _, err := range []error{h.Kill(), h.Join(t.Context())} {
		require.ErrorIs(t, err, os.ErrClosed)
		require.ErrorIs(t, err, ipc.ErrClosed)
	}
	require.False(t, h.Alive())
	require.PanicsWithValue(t, "ipc: HandleOf(0): want the id of a process", func() { ipc.HandleOf(0) })
}

// A handle means the same process in another one.
func TestHandlesTravel(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	watch := watchProcess.On(pool)
	p := ipc.NewProcess(obedient, none{}, ipc.ProcessOptions{Name: "the watched"})
	_, err := p.Handle()
	require.Equal(t, ipc.ErrNotStarted, err)
	require.NoError(t, p.Start(t.Context()))
	h, err := p.Handle()
	require.NoError(t, err)
	defer h.Close()
	got, err := watch(t.Context(), watched{Handle: h})
	require.NoError(t, err)
	require.Equal(t, watchedBy{Pid: p.Pid(), Name: "the watched", Alive: true}, got)
	got, err = watch(t.Context(), watched{Do: "kill", Handle: h})
	require.NoError(t, err)
	require.False(t, got.Alive)
	require.ErrorIs(t, p.Join(t.Context()), ipc.ErrProcessDied)
	_, err = p.Handle()
	require.Equal(t, os.ErrProcessDone, err)

	// The one that started a worker is this one.
	got, err = watch(t.Context(), watched{Do: "parent"})
	require.NoError(t, err)
	require.Equal(t, os.Getpid(), got.Handle.Pid())
	require.True(t, got.Handle.Alive())
	require.NoError(t, got.Handle.Close())
	_, err = watch(t.Context(), watched{Handle: got.Handle})
	require.ErrorIs(t, err, os.ErrClosed)
}

// The end of a process is seen from another that did not start it, also a kill -9.
func TestHandleOfTheKilled(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	cmd := startSleep(t)
	h, err := ipc.HandleOf(cmd.Process.Pid)
	require.NoError(t, err)
	defer h.Close()
	seen := make(chan error, 1)
	go func() {
		_, err := watchProcess.On(pool)(t.Context(), watched{Do: "join", Handle: h})
		seen <- err
	}()
	require.NoError(t, cmd.Process.Kill())
	cmd.Wait()
	require.NoError(t, within(t, func() error { return <-seen }))
}

// A handle means the same process wherever it goes.
func ExampleHandle() {
	ctx := context.Background()
	p := ipc.NewProcess(obedient, none{}, ipc.ProcessOptions{Name: "the patient one"})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	h, err := p.Handle()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Close()
	fmt.Println(h.Name(), h.Alive())
	_ = h.Kill()
	fmt.Println(h.Join(ctx), h.Alive())
	_ = p.Join(ctx)
	// Output:
	// the patient one true
	// <nil> false
}

// A process that has ended and that nobody has waited for takes no signals.
func TestHandleOfTheDead(t *testing.T) {
	cmd := exec.Command("true")
	require.NoError(t, cmd.Start())
	h, err := ipc.HandleOf(cmd.Process.Pid)
	require.NoError(t, err)
	defer h.Close()
	require.NoError(t, h.Join(t.Context()))
	require.Equal(t, os.ErrProcessDone, h.Terminate())
	require.False(t, h.Alive())
	require.NoError(t, cmd.Wait())
}

// A process that is about to start has no handle yet, one that did not start never.
func TestHandleBeforeStart(t *testing.T) {
	p := ipc.NewProcess(square, 1)
	_, err := p.Handle()
	require.Equal(t, ipc.ErrNotStarted, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, p.Start(ctx))
	_, err = p.Handle()
	require.Equal(t, os.ErrProcessDone, err)
}
