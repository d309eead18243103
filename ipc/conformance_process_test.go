//go:build unix

package ipc_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
)

var (
	// nestsForGood has a process of its own that does not end, and tells its id.
	nestsForGood = ipc.Func("ipc_test.nestsForGood", func(ctx context.Context, _ none) (int, error) {
		p := ipc.NewProcess(stuck, none{})
		if err := p.Start(ctx); err != nil {
			return 0, err
		}
		fmt.Println(p.Pid())
		return 0, p.Join(ctx)
	})
	// silences closes a standard stream, or forgets it.
	silences = ipc.Func("ipc_test.silences", func(_ context.Context, in struct{ Error, Forget bool }) (bool, error) {
		stream := &os.Stdout
		if in.Error {
			stream = &os.Stderr
		}
		if in.Forget {
			*stream = nil
		} else if err := (*stream).Close(); err != nil {
			return false, err
		}
		_, err := fmt.Fprintln(*stream, "to nobody")
		return err != nil, nil
	})
	givesBack = ipc.Func("ipc_test.givesBack", func(_ context.Context, v any) (any, error) { return v, nil },
		ipc.FuncOptions{Types: []any{[]int{}, [1]int{}}})
	// countsFiles tells how many descriptors it has open, and stays.
	countsFiles = ipc.Func("ipc_test.countsFiles", func(ctx context.Context, _ none) (int, error) {
		open := 0
		for fd := range 1000 {
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
				open++
			}
		}
		fmt.Println(open)
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	hasFile = ipc.Func("ipc_test.hasFile", func(_ context.Context, fd int) (bool, error) {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		return err == nil, nil
	})
	// echoes sends what it receives until that is empty.
	echoes = ipc.Func("ipc_test.echoes", func(ctx context.Context, c *conn.Connection) (int, error) {
		defer c.Close()
		for {
			text, err := c.RecvBytes(ctx)
			if err != nil || len(text) == 0 {
				return 0, err
			}
			if err := c.SendBytes(ctx, text); err != nil {
				return 0, err
			}
		}
	})
	// signals sends a signal, so many times.
	signals = ipc.Func("ipc_test.signals", func(_ context.Context, s [3]int) (int, error) {
		for range s[2] {
			if err := syscall.Kill(s[0], syscall.Signal(s[1])); err != nil {
				return 0, err
			}
			time.Sleep(time.Millisecond)
		}
		return 0, nil
	})
)

// recurses runs processes of processes, two at each level.
var recurses *ipc.Function[[]int, [][]int]

func init() {
	recurses = ipc.Func("ipc_test.recurses", func(ctx context.Context, id []int) ([][]int, error) {
		all := [][]int{id}
		for i := 0; i < 2 && len(id) < 2; i++ {
			p := ipc.NewProcess(recurses, append(id[:len(id):len(id)], i))
			if err := p.Start(ctx); err != nil {
				return nil, err
			}
			below, err := p.Result(ctx)
			if err != nil {
				return nil, err
			}
			all = append(all, below...)
		}
		return all, nil
	})
}

// resultOf runs fn in a process.
func resultOf[In, Out any](t *testing.T, fn *ipc.Function[In, Out], in In, options ...ipc.ProcessOptions) Out {
	t.Helper()
	p := ipc.NewProcess(fn, in, options...)
	require.NoError(t, p.Start(t.Context()))
	out, err := p.Result(t.Context())
	require.NoError(t, err)
	return out
}

// speaking starts a process of fn and returns it with what it printed first.
func speaking[Out any](t *testing.T, fn *ipc.Function[none, Out]) (p *ipc.Process[Out], number int) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	p = ipc.NewProcess(fn, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: w}})
	err = p.Start(t.Context())
	w.Close()
	require.NoError(t, err)
	t.Cleanup(func() {
		p.Kill()
		<-p.Done()
	})
	_, err = fmt.Fscan(r, &number)
	require.NoError(t, err)
	return p, number
}

func TestConformanceProcesses(t *testing.T) {
	const class = "_test_multiprocessing/_TestProcess/"
	t.Run("the end of the parent", func(t *testing.T) {
		// A process whose parent is gone does not learn of that: it is gone, too.
		for name, end := range map[string]func(p *ipc.Process[int]){
			"terminated": func(p *ipc.Process[int]) { require.NoError(t, p.Terminate()) },
			"killed":     func(p *ipc.Process[int]) { p.Kill() },
		} {
			p, grandchild := speaking(t, nestsForGood)
			require.True(t, alive(grandchild))
			end(p)
			require.ErrorIs(t, p.Join(t.Context()), ipc.ErrProcessDied, name)
			require.Eventually(t, func() bool { return !alive(grandchild) }, 10*time.Second, time.Millisecond, name)
		}
	})
	t.Run(class+"test_process_mainthread_native_id", func(t *testing.T) {
		require.NotEqual(t, os.Getpid(), resultOf(t, pid, none{}), "which is that of the first thread")
	})
	t.Run(class+"test_recursion", func(t *testing.T) {
		require.Equal(t, [][]int{{}, {0}, {0, 0}, {0, 1}, {1}, {1, 0}, {1, 1}}, resultOf(t, recurses, []int{}))
	})
	t.Run(class+"test_lose_target_ref", func(t *testing.T) {
		// The argument is copied when the process is made; nothing keeps it.
		var freed atomic.Bool
		in := &parcel{Text: "here"}
		runtime.AddCleanup(in, func(int) { freed.Store(true) }, 0)
		p := ipc.NewProcess(passes, in)
		in = nil
		require.Eventually(t, func() bool { runtime.GC(); return freed.Load() }, 10*time.Second, time.Millisecond)
		require.NoError(t, p.Start(t.Context()))
		out, err := p.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, "here", out.Text)
	})
	t.Run(class+"test_child_fd_inflation", func(t *testing.T) {
		_, first := speaking(t, countsFiles)
		for range 4 { // beside the others, which are still there
			_, open := speaking(t, countsFiles)
			require.Equal(t, first, open)
		}
	})
	t.Run(class+"test_error_on_stdio_flush_2", func(t *testing.T) {
		for _, in := range []struct{ Error, Forget bool }{{}, {Error: true}, {Forget: true}, {Error: true, Forget: true}} {
			p := ipc.NewProcess(silences, in)
			require.NoError(t, p.Start(t.Context()))
			silenced, err := p.Result(t.Context())
			require.NoError(t, err)
			require.True(t, silenced)
			require.Zero(t, p.ExitCode())
		}
	})
	t.Run("_test_multiprocessing/TestConnection/test_spawn_close", func(t *testing.T) {
		// The caller closes its copy at once.
		a, b, err := conn.Pipe()
		require.NoError(t, err)
		defer a.Close()
		p := ipc.NewProcess(echoes, b)
		require.NoError(t, b.Close())
		require.NoError(t, p.Start(t.Context()))
		require.NoError(t, a.SendBytes(t.Context(), []byte("hello")))
		got, err := a.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, "hello", string(got))
		require.NoError(t, a.SendBytes(t.Context(), nil))
		require.NoError(t, a.Close())
		require.NoError(t, p.Join(t.Context()))
	})
	t.Run("_test_multiprocessing/TestCloseFds/test_closefd", func(t *testing.T) {
		f, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer f.Close()
		high, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 200)
		require.NoError(t, err)
		defer syscall.Close(high)
		require.False(t, resultOf(t, hasFile, high))
	})
	t.Run("_test_multiprocessing/TestNoForkBomb/test_noforkbomb", func(t *testing.T) {
		// A program without Main that has workers all the same would start itself
		// forever. It is told what is missing.
		out, err := program(t, "forgetful").Output()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(out), "true ipc: the program has not called ipc.Main"), string(out))
	})
	t.Run("_test_multiprocessing/_TestPollEintr/test_poll_eintr", func(t *testing.T) {
		// Signals that come while a process is waited for disturb nobody.
		seen := make(chan os.Signal, 1)
		signal.Notify(seen, syscall.SIGUSR1)
		defer signal.Stop(seen)
		killer := ipc.NewProcess(signals, [3]int{os.Getpid(), int(syscall.SIGUSR1), 20})
		p := start(t, order{Do: "sleep", N: 50})
		require.NoError(t, killer.Start(t.Context()))
		require.NoError(t, p.Join(t.Context()))
		require.NoError(t, killer.Join(t.Context()))
		require.Equal(t, syscall.SIGUSR1, <-seen)
		require.Zero(t, p.ExitCode())
	})
}
