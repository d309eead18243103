//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

// A process whose function has other types refuses the call before it decodes anything.
func TestTypesAreCompared(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	call := square.Bind(3)
	_, err := pool.Carry(t.Context(), call)
	require.NoError(t, err)
	call.Types++
	_, err = pool.Carry(t.Context(), call)
	require.ErrorIs(t, err, ipc.ErrTypes)
	require.ErrorContains(t, err, call.Func)
	call.Types = 0
	_, err = pool.Carry(t.Context(), call)
	require.NoError(t, err, "0 is not compared")
}

// The ctx of NewPool ends the start, whatever the worker does meanwhile, and nothing
// afterwards.
func TestNewPoolContext(t *testing.T) {
	before := leak.Take()
	reason := errors.New("enough")
	for name, o := range map[string]ipc.PoolOptions{
		"an initializer that hangs": {Initializer: notes.Bind(note{Path: filepath.Join(t.TempDir(), "notes"), Then: "loop"})},
		"no Main":                   {Exec: []string{"sleep", "60"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(reason) })
			_, err := ipc.NewPool(ctx, o)
			require.Equal(t, reason, err)
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	_, err := ipc.NewPool(ctx)
	require.Equal(t, reason, err)
	require.Empty(t, before.Wait(leak.Grace))

	ctx, cancel = context.WithCancelCause(t.Context())
	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 1})
	require.NoError(t, err)
	defer pool.Close()
	cancel(reason)
	got, err := square.On(pool)(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, 9, got)
}

// Shutdown waits as long as its ctx allows; Close ends what it waits for.
func TestShutdownContext(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	failed := make(chan error, 1)
	go func() {
		_, err := endless.On(pool)(t.Context(), none{})
		failed <- err
	}()
	require.Eventually(t, func() bool { return pool.Stats().Calls == 1 }, 10*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, pool.Shutdown(ctx), context.DeadlineExceeded)
	_, err := square.On(pool)(t.Context(), 3)
	require.ErrorIs(t, err, ipc.ErrClosed, "no new calls")
	require.NoError(t, pool.Close())
	require.ErrorIs(t, <-failed, ipc.ErrClosed)
	require.NoError(t, pool.Shutdown(t.Context()), "it has ended")
}

func ExampleStart() {
	p, err := ipc.Start(context.Background(), square, 12)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Result(context.Background()))
	// Output: 144 <nil>
}
