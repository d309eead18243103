//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// Functions that say in a pipe that they have started: one goes on for ever, the other
// until its ctx ends.
var (
	stuckOnceBegun = ipc.Func("stuck once begun", func(_ context.Context, begun *os.File) (int, error) {
		_, _ = begun.WriteString("begun")
		select {}
	})
	obedientOnceBegun = ipc.Func("obedient once begun", func(ctx context.Context, begun *os.File) (int, error) {
		_, _ = begun.WriteString("begun")
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
)

// begin calls f and returns when it has started.
func begin(t *testing.T, ctx context.Context, f *ipc.Function[*os.File, int], c ipc.Carrier) <-chan error {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		_, err := f.On(c)(ctx, w)
		w.Close()
		ended <- err
	}()
	_, err = r.Read(make([]byte, 1))
	require.NoError(t, err, "it has not started")
	r.Close()
	return ended
}

// The error of a call whose ctx ended says which function it was, and whether that had
// started, and matches the cause.
func TestCallError(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard}})
	check := func(err error, name string, started bool) {
		t.Helper()
		require.ErrorIs(t, err, errTheEnd)
		ce, ok := errors.AsType[*ipc.CallError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, ipc.CallError{Func: name, Started: started, Err: errTheEnd}, *ce)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, map[bool]string{true: "while it ran", false: "before it started"}[started])
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errTheEnd)
	_, err := obedient.On(pool)(ctx, struct{}{})
	check(err, obedient.Name(), false)

	ctx, cancel = context.WithCancelCause(t.Context())
	obeys := begin(t, ctx, obedientOnceBegun, pool)
	cancel(errTheEnd)
	check(<-obeys, obedientOnceBegun.Name(), true)

	blocks, release := context.WithCancelCause(t.Context())
	blocked := begin(t, blocks, stuckOnceBegun, pool)
	ctx, cancel = context.WithCancelCause(t.Context())
	waiting := make(chan error, 1)
	go func() { _, err := obedient.On(pool)(ctx, struct{}{}); waiting <- err }()
	require.Eventually(t, func() bool { return pool.Stats().Waiting == 1 }, 10*time.Second, time.Millisecond)
	cancel(errTheEnd)
	check(<-waiting, obedient.Name(), false)
	release(errTheEnd)
	check(<-blocked, stuckOnceBegun.Name(), true)

	ctx, cancel = context.WithCancelCause(t.Context())
	p, err := ipc.Start(ctx, stuck, none{})
	require.NoError(t, err)
	cancel(errTheEnd)
	check(p.Join(t.Context()), stuck.Name(), true)

	_, err = par.Map(ctx, []struct{}{{}}, obedient.On(pool))
	require.Equal(t, errTheEnd, err)
}

// A limit of processor time has its sentinel.
func TestCPULimitIsNamed(t *testing.T) {
	p, err := ipc.Start(t.Context(), endless, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{CPU: time.Second}}})
	require.NoError(t, err)
	err = p.Join(t.Context())
	require.ErrorIs(t, err, ipc.ErrCPULimit)
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.ErrorContains(t, err, "processor time")

	p, err = ipc.Start(t.Context(), stuck, none{}, ipc.ProcessOptions{Launch: ipc.Launch{Limits: ipc.Limits{CPU: time.Hour}}})
	require.NoError(t, err)
	p.Kill()
	require.NotErrorIs(t, p.Join(t.Context()), ipc.ErrCPULimit)
}

// Last words and what broke the protocol are quoted: no process commands a terminal.
func TestWordsAreQuoted(t *testing.T) {
	died := &ipc.ProcessDiedError{Func: "f", Pid: 7, ExitCode: 1, Stderr: []byte("first\n\x1b[2Jcleared\a \xff \u00e9 “\u202e”")}
	require.Equal(t, "ipc: f: process 7 exited with status 1: \\x1b[2Jcleared\\a \\xff é “\\u202e”", died.Error())
	died = &ipc.ProcessDiedError{Func: "f", Pid: 7, Signal: syscall.SIGKILL, Protocol: fmt.Errorf("%w: \x00", ipc.ErrProtocol)}
	require.Contains(t, died.Error(), "protocol violation: \\x00")
	require.ErrorIs(t, died, ipc.ErrProtocol)
}

// A program that is no worker is told from one that cannot start.
func TestProgramWithoutMain(t *testing.T) {
	for _, spare := range []int{0, 1} {
		for _, program := range []string{"/bin/false", "/bin/true"} {
			_, err := ipc.NewPool(t.Context(), ipc.PoolOptions{Exec: []string{program}, Spare: spare, Launch: ipc.Launch{Stderr: io.Discard}})
			require.ErrorIs(t, err, ipc.ErrStart)
			require.ErrorContains(t, err, program)
			require.ErrorContains(t, err, "ipc.Main")
		}
	}
}

// A value that cannot travel has an error of its own, which names the way out.
func TestEncodeErrorNamesTheWayOut(t *testing.T) {
	type owner struct{ Name string }
	_, err := held.On(loopback{})(t.Context(), owner{"Ann"})
	e, ok := errors.AsType[*ipc.EncodeError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "ipc_test.owner", e.Type.String())
	require.True(t, strings.HasSuffix(err.Error(), "; list a ipc_test.owner in FuncOptions.Types"), err.Error())
}

// A call that its pool's end has ended says which function it was, and whether that had
// started, and that the pool is closed.
func TestCallOfClosedPool(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	running, waiting := begin(t, t.Context(), stuckOnceBegun, pool), make(chan error, 1)
	go func() { _, err := square.On(pool)(t.Context(), 1); waiting <- err }()
	require.Eventually(t, func() bool { return pool.Stats().Waiting == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, pool.Close())
	_, late := square.OnChunks(pool)(t.Context(), []int{1})
	for _, c := range []struct {
		err  error
		text string
	}{
		{<-running, "ipc: stuck once begun was ended while it ran: the pool is closed"},
		{<-waiting, "ipc: square was given up before it started: the pool is closed"},
		{late, "ipc: square was given up before it started: the pool is closed"},
		{pool.Replace(t.Context()), "ipc: Pool.Replace: the pool is closed"},
		{pool.Profile(t.Context(), 1, "heap", io.Discard), "ipc: Pool.Profile: the pool is closed"},
	} {
		require.ErrorIs(t, c.err, ipc.ErrClosed)
		require.EqualError(t, c.err, c.text)
	}
	ce, ok := errors.AsType[*ipc.CallError](late)
	require.True(t, ok)
	require.False(t, ce.Started)
}
