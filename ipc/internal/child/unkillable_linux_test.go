package child

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// instead has SysKill do something else for the rest of the test.
func instead(t *testing.T, kill func(int, syscall.Signal) error) {
	was, mercy := SysKill, Mercy
	SysKill, Mercy = kill, 50*time.Millisecond
	t.Cleanup(func() { SysKill, Mercy = was, mercy })
}

// A child that this process may not kill loses its life pipe.
func TestKillForbidden(t *testing.T) {
	instead(t, func(int, syscall.Signal) error { return syscall.EPERM })
	Mercy = time.Minute
	c := start(t, `cat <&6`)
	require.ErrorIs(t, c.Kill(), syscall.EPERM)
	<-c.Died
	require.ErrorIs(t, c.End().KillErr, syscall.EPERM)
	require.Zero(t, c.End().ExitCode)
}

// A child that does not die is given up, and reaped when it does.
func TestKillWithoutEffect(t *testing.T) {
	instead(t, func(int, syscall.Signal) error { return nil })
	c := start(t, `read x <&3`)
	require.NoError(t, c.Kill())
	<-c.Died
	require.True(t, c.End().GivenUp)
	require.NoError(t, c.Signal(syscall.SIGKILL), "it is still there")
	require.Eventually(t, func() bool { return c.Held(func(int) error { return nil }) != nil }, 10*time.Second, time.Millisecond)
}

// What is killed with its group leaves no zombie where this process is the one to reap it.
func TestCollect(t *testing.T) {
	require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	c := start(t, `for i in 1 2 3 4 5; do (sleep 1000 & sleep 1000) & done; echo go >&5; wait`)
	_, err := io.ReadFull(c.Control, make([]byte, 3))
	require.NoError(t, err)
	require.NoError(t, c.Kill())
	<-c.Died
	_, err = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
	require.Equal(t, syscall.ECHILD, err)
}
