//go:build unix && !aix

package ioloop_test

import (
	"context"
	"os/signal"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of asyncio.run and asyncio.Runner: Run, and a loop that is run again. A
// result is in a variable of main's.
func TestConformanceRunners(t *testing.T) {
	const prefix = "test_asyncio/test_runners/"
	bubbled := func(name string, f func(*testing.T, *ioloop.Loop)) {
		t.Run(prefix+name, func(t *testing.T) {
			bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) { f(t, l) })
		})
	}
	t.Run(prefix+"RunTests/test_asyncio_run_return", func(t *testing.T) {
		got := 0
		require.NoError(t, ioloop.Run(t.Context(), func(ctx context.Context, l *ioloop.Loop) (err error) {
			got, err = ioloop.Call(ctx, l, func() (int, error) { return 42, nil })
			return err
		}))
		require.Equal(t, 42, got)
	})
	t.Run(prefix+"RunTests/test_asyncio_run_raises", func(t *testing.T) {
		require.ErrorIs(t, ioloop.Run(t.Context(), func(ctx context.Context, l *ioloop.Loop) error {
			_, err := ioloop.Call(ctx, l, func() (int, error) { return 0, errSpam })
			return err
		}), errSpam)
	})
	t.Run(prefix+"RunTests/test_asyncio_run_loop_factory", func(t *testing.T) {
		poller, _ := poll.Scripted()
		require.NoError(t, ioloop.Run(t.Context(), func(_ context.Context, l *ioloop.Loop) error {
			require.Equal(t, poller.Backend(), l.Stats().Backend)
			return nil
		}, ioloop.Options{Poller: poller}))
		require.ErrorIs(t, poller.Close(), poll.ErrClosed, "Run has closed it")
	})
	t.Run(prefix+"RunTests/test_loop_factory_default_event_loop", func(t *testing.T) {
		require.NoError(t, ioloop.Run(t.Context(), func(_ context.Context, l *ioloop.Loop) error {
			require.Equal(t, poll.Backends()[0], l.Stats().Backend)
			return nil
		}))
	})
	t.Run(prefix+"RunnerTests/test_custom_factory", func(t *testing.T) {
		poller, _ := poll.Scripted()
		l, err := ioloop.New(ioloop.Options{Poller: poller})
		require.NoError(t, err)
		require.Equal(t, poller.Backend(), l.Stats().Backend)
		require.NoError(t, l.Close())
	})
	bubbled("RunnerTests/test_run", func(t *testing.T, l *ioloop.Loop) {
		got := ""
		l.Soon(func() { got = "done"; l.Stop() })
		run(t, l)
		require.Equal(t, "done", got)
		require.NoError(t, l.Close())
		require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
	})
	bubbled("RunnerTests/test_explicit_close", func(t *testing.T, l *ioloop.Loop) {
		require.NoError(t, l.Close())
		require.ErrorIs(t, l.Post(t.Context(), func() {}), ioloop.ErrClosed)
	})
	bubbled("RunnerTests/test_double_close", func(t *testing.T, l *ioloop.Loop) {
		require.NoError(t, l.Close())
		require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
		require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
	})
	bubbled("RunnerTests/test_second_with_block_raises", func(t *testing.T, l *ioloop.Loop) {
		var ret []int
		l.Soon(func() { ret = append(ret, 1); l.Stop() })
		run(t, l)
		require.NoError(t, l.Close())
		l.Post(t.Context(), func() { ret = append(ret, 2) })
		require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
		require.Equal(t, []int{1}, ret)
	})
	bubbled("RunnerTests/test_recursive_run", func(t *testing.T, l *ioloop.Loop) {
		l.Soon(func() {
			require.Panics(t, func() { l.Run(background) })
			l.Stop()
		})
		run(t, l)
	})
	interrupted := func(name string, f func(context.Context, *ioloop.Loop) error) {
		t.Run(prefix+name, func(t *testing.T) {
			ctx, stop := signal.NotifyContext(t.Context(), unix.SIGINT)
			defer stop()
			l, err := ioloop.New()
			require.NoError(t, err)
			defer l.Close()
			l.AfterFunc(0, func() { unix.Kill(unix.Getpid(), unix.SIGINT) })
			require.ErrorIs(t, f(ctx, l), context.Canceled)
		})
	}
	interrupted("RunnerTests/test_interrupt_call_soon", func(ctx context.Context, l *ioloop.Loop) error {
		var busy func()
		busy = func() { l.Soon(busy) }
		l.Soon(busy)
		return l.Run(ctx)
	})
	interrupted("RunnerTests/test_interrupt_wait", func(ctx context.Context, l *ioloop.Loop) error { return l.Run(ctx) })
}
