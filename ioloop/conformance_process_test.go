//go:build unix && !aix

package ioloop_test

import (
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

// The behaviours of asyncio's signals.
func TestConformanceSignals(t *testing.T) {
	const prefix = "test_asyncio/test_unix_events/SelectorEventLoopSignalTests/"
	raise := func(t *testing.T) { t.Helper(); require.NoError(t, unix.Kill(unix.Getpid(), unix.SIGUSR1)) }
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) { each(t, f) })
	}
	sub("test_add_signal_handler", func(t *testing.T, l *ioloop.Loop) {
		caught := make(chan struct{}, 1)
		on(t, l, func() { l.Signal(unix.SIGUSR1, func() { caught <- struct{}{} }) })
		raise(t)
		<-caught
	})
	for name, first := range map[string]bool{"test_remove_signal_handler": true, "test_remove_signal_handler_2": false, "test_handle_signal_cancelled_handler": true} {
		sub(name, func(t *testing.T, l *ioloop.Loop) {
			// Another one goes on, which comes first or last.
			caught := make(chan struct{}, 1)
			removed := 0
			on(t, l, func() {
				other := func() { l.Signal(unix.SIGUSR1, func() { caught <- struct{}{} }) }
				if first {
					other()
				}
				stop := l.Signal(unix.SIGUSR1, func() { removed++ })
				if !first {
					other()
				}
				stop()
				stop()
			})
			raise(t)
			<-caught
			on(t, l, func() {})
			on(t, l, func() { require.Zero(t, removed) })
		})
	}
	sub("test_close", func(t *testing.T, l *ioloop.Loop) {
		on(t, l, func() {
			l.Signal(unix.SIGUSR1, func() {})
			l.Signal(unix.SIGUSR2, func() {})
			require.Equal(t, 2, l.Stats().Watches)
		})
		require.NoError(t, l.Close())
		require.Zero(t, l.Stats().Watches)
	})
}

// The behaviours of asyncio's child watchers.
func TestConformanceChildren(t *testing.T) {
	const prefix = "test_asyncio/test_unix_events/ChildWatcherTestsMixin/"
	sub := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) { each(t, f) })
	}
	// child starts a script that waits until go is closed, and tells how it ends.
	child := func(t *testing.T, l *ioloop.Loop, script string) (run io.Closer, ended chan string) {
		t.Helper()
		cmd := exec.Command("sh", "-c", "read x; "+script)
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		ended = make(chan string, 2)
		on(t, l, func() {
			require.NoError(t, l.Child(cmd.Process, func(state *os.ProcessState, err error) {
				if err != nil {
					ended <- err.Error()
					return
				}
				ended <- state.String()
			}))
		})
		return in, ended
	}
	sub("test_sigchld", func(t *testing.T, l *ioloop.Loop) {
		run, ended := child(t, l, "exit 12")
		on(t, l, func() {})
		require.Empty(t, ended)
		run.Close()
		require.Equal(t, "exit status 12", <-ended)
	})
	sub("test_sigchld_two_children", func(t *testing.T, l *ioloop.Loop) {
		first, a := child(t, l, "exit 7")
		second, b := child(t, l, "kill -9 $$")
		first.Close()
		require.Equal(t, "exit status 7", <-a)
		on(t, l, func() {})
		require.Empty(t, b)
		second.Close()
		require.Equal(t, "signal: killed", <-b)
		require.Empty(t, a)
	})
	sub("test_sigchld_two_children_terminating_together", func(t *testing.T, l *ioloop.Loop) {
		first, a := child(t, l, "exit 78")
		second, b := child(t, l, "exit 5")
		on(t, l, func() { first.Close(); second.Close() })
		require.Equal(t, "exit status 78", <-a)
		require.Equal(t, "exit status 5", <-b)
	})
	for _, name := range []string{"test_sigchld_race_condition"} {
		sub(name, func(t *testing.T, l *ioloop.Loop) {
			cmd := exec.Command("sh", "-c", "exit 4")
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			io.Copy(io.Discard, out) // it has ended, or is about to
			ended := make(chan int, 1)
			on(t, l, func() {
				require.NoError(t, l.Child(cmd.Process, func(state *os.ProcessState, _ error) { ended <- state.ExitCode() }))
			})
			require.Equal(t, 4, <-ended)
		})
	}
	sub("test_sigchld_child_reaped_elsewhere", func(t *testing.T, l *ioloop.Loop) {
		cmd := exec.Command("true")
		require.NoError(t, cmd.Start())
		_, err := cmd.Process.Wait()
		require.NoError(t, err)
		ended := make(chan error, 1)
		on(t, l, func() {
			require.NoError(t, l.Child(cmd.Process, func(_ *os.ProcessState, err error) { ended <- err }))
		})
		require.Error(t, <-ended)
	})
}
