package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/child"
)

// kills has kill(2) do something else for the rest of the test.
func kills(t *testing.T, instead func(int, syscall.Signal) error) {
	was, mercy := child.SysKill, child.Mercy
	child.SysKill, child.Mercy = instead, 50*time.Millisecond
	t.Cleanup(func() { child.SysKill, child.Mercy = was, mercy })
}

// A worker that does not die is given up: its call says so, and the pool ends.
func TestUnkillableWorker(t *testing.T) {
	kills(t, func(int, syscall.Signal) error { return nil })
	pool, err := ipc.NewPool(t.Context(), ipc.PoolOptions{Workers: 1})
	require.NoError(t, err)
	first, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = within(t, func() error { _, err := stuck.On(pool)(ctx, none{}); return err })
	require.ErrorIs(t, err, ipc.ErrUnkillable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, fmt.Sprint("process ", first, " is still there"))
	second, err := pid.On(pool)(t.Context(), none{})
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	err = within(t, func() error { return pool.Close() })
	require.ErrorIs(t, err, ipc.ErrUnkillable)
	require.ErrorContains(t, err, fmt.Sprint("process ", first, " "))
}

// A process that does not die is given up, too.
func TestUnkillableProcess(t *testing.T) {
	kills(t, func(int, syscall.Signal) error { return nil })
	p, err := ipc.Start(t.Context(), stuck, none{})
	require.NoError(t, err)
	require.NoError(t, p.Kill())
	err = within(t, func() error { return p.Join(t.Context()) })
	require.ErrorIs(t, err, ipc.ErrUnkillable)
}

// What this process may not kill the kernel does, when its life pipe ends.
func TestKillForbidden(t *testing.T) {
	kills(t, func(int, syscall.Signal) error { return syscall.EPERM })
	child.Mercy = time.Minute
	p, err := ipc.Start(t.Context(), stuck, none{})
	require.NoError(t, err)
	require.ErrorIs(t, p.Kill(), syscall.EPERM)
	err = within(t, func() error { return p.Join(t.Context()) })
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.Equal(t, syscall.SIGKILL, p.ExitSignal())
}

// drops is a program that gives up its rights while it has a worker.
func drops() {
	check := func(what string, err error, want error) {
		if !errors.Is(err, want) {
			fmt.Println(what, err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 2, Min: 2})
	check("NewPool", err, nil)
	for len(pool.Workers()) < 2 {
		time.Sleep(time.Millisecond)
	}
	check("Setuid", syscall.Setuid(65534), nil)
	bounded, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = stuck.On(pool)(bounded, none{})
	check("On", err, context.DeadlineExceeded)
	check("Close", pool.Close(), nil)
	fmt.Println("ended")
}

// A program that has given up its rights gets rid of the workers that it had before.
func TestRightsDropped(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("there are no rights to give up")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asProgram+"=drops")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.True(t, strings.HasSuffix(string(out), "ended\n"), string(out))
}

func init() { programs["drops"] = drops }
