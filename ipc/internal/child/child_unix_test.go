//go:build unix

package child

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A family is a shell that runs a script as a child.
type family struct {
	*Child
	out, err bytes.Buffer // what it has written, when it has died
	requests *os.File     // nobody reads from it when the shell and all it has started are gone
}

// start starts a script.
func start(t *testing.T, script string) *family {
	t.Helper()
	s := NewSpawner()
	c := new(family)
	stdout, stderr := NewForwarder(&c.out), NewForwarder(&c.err)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	c.requests = w
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	c.Child, err = s.Start(Birth{Exec: []string{"sh", "-c", script}, Out: stdout, Err: stderr, Requests: r, Replies: null})
	r.Close()
	null.Close()
	require.NoError(t, err)
	go c.Reap(func() {}, func() {
		stdout.Stop()
		stderr.Stop()
	})
	t.Cleanup(func() {
		c.Kill()
		<-c.Died
		if t.Failed() {
			t.Logf("the shell: %+v, said %q", c.End(), c.err.String())
		}
		s.Stop()
		c.Control.Close()
		c.Close()
		w.Close()
	})
	return c
}

// gone waits until neither the child nor anything that it has started is there.
func (f *family) gone(t *testing.T) {
	require.Eventually(t, func() bool {
		_, err := f.requests.Write([]byte("x"))
		return errors.Is(err, syscall.EPIPE)
	}, 10*time.Second, time.Millisecond)
}

// What a child writes is passed on, and how it ends is known.
func TestStart(t *testing.T) {
	c := start(t, `echo out; echo err >&2; echo "a crash" >&7; exit 3`)
	<-c.Died
	require.Equal(t, "out\n", c.out.String())
	require.Equal(t, "err\n", c.err.String())
	end := c.End()
	require.Less(t, end.CPU, time.Minute)
	end.CPU = 0
	require.Equal(t, End{Pid: c.Pid, ExitCode: 3, Crash: []byte("a crash\n"), Stderr: []byte("err\n")}, end)
	require.Equal(t, 3, c.State().ExitCode())
	require.Equal(t, os.ErrProcessDone, c.Held(func(int) error { return nil }))
	require.Equal(t, os.ErrProcessDone, c.Signal(syscall.SIGTERM))
	c.Kill() // nothing
}

// The parent's end of the control socket says the token first, and is the child's end.
func TestControl(t *testing.T) {
	c := start(t, `head -c 16 <&5 >/dev/null; cat <&5`)
	_, err := io.WriteString(c.Control, "hello")
	require.NoError(t, err)
	require.NoError(t, c.Control.Close())
	<-c.Died
	require.Equal(t, "hello", c.out.String())
}

// A kill reaches what the child has started, and its output ends with it.
func TestKill(t *testing.T) {
	c := start(t, `sleep 1000 & wait`)
	pgid, err := syscall.Getpgid(c.Pid)
	require.NoError(t, err)
	require.Equal(t, c.Pid, pgid)
	require.NoError(t, c.Held(func(pid int) error {
		require.Equal(t, c.Pid, pid)
		return nil
	}))
	c.Kill()
	<-c.Died
	require.Equal(t, syscall.SIGKILL, c.End().Signal)
	require.Equal(t, -1, c.End().ExitCode)
	c.gone(t)
}

// What the child leaves behind in its group ends with it.
func TestLeftBehind(t *testing.T) {
	c := start(t, `sleep 1000 & echo $!`)
	<-c.Died
	require.NotEmpty(t, strings.TrimSpace(c.out.String()))
	c.gone(t)
}

// Nothing is left of what could not be started: see TestMain.
func TestNoProgram(t *testing.T) {
	s := NewSpawner()
	defer s.Stop()
	f := NewForwarder(io.Discard)
	defer f.Stop()
	_, err := s.Start(Birth{Exec: []string{"no such program"}, Out: f, Err: f, Requests: os.Stdin, Replies: os.Stdout})
	require.ErrorIs(t, err, exec.ErrNotFound)
	_, err = s.Start(Birth{Exec: []string{"/dev/null"}, Out: f, Err: f, Requests: os.Stdin, Replies: os.Stdout})
	require.ErrorIs(t, err, os.ErrPermission)
}

// A process id belongs to the child only until it is reaped.
func TestKillAfterReap(t *testing.T) {
	cat, stdin := startCat(t)
	c := &Child{Pid: cat.Process.Pid, process: cat.Process, reaped: true} // the number is another process's now
	c.Kill()
	stdin.Close()
	require.NoError(t, cat.Wait())

	cat, stdin = startCat(t)
	(&Child{Pid: cat.Process.Pid, process: cat.Process, condemned: make(chan struct{})}).Kill()
	stdin.Close()
	require.ErrorContains(t, cat.Wait(), "killed")
}

// startCat starts a process of its own group that ends, with status 0, when
// the returned pipe is closed: unless it was killed before.
func startCat(t *testing.T) (*exec.Cmd, io.Closer) {
	cat := exec.CommandContext(context.Background(), "cat")
	cat.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cat.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cat.Start())
	return cat, stdin
}
