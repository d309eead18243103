//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// A notebook is a handler that keeps what it is given.
type notebook struct {
	mu    sync.Mutex
	notes []logged
	look  func() // called with each
}

type logged struct {
	level   slog.Level
	message string
	attrs   map[string]slog.Value
}

func (n *notebook) Enabled(context.Context, slog.Level) bool { return true }
func (n *notebook) WithAttrs([]slog.Attr) slog.Handler       { return n }
func (n *notebook) WithGroup(string) slog.Handler            { return n }

func (n *notebook) Handle(_ context.Context, r slog.Record) error {
	n.mu.Lock()
	look := n.look
	n.mu.Unlock()
	if look != nil {
		look()
	}
	l := logged{r.Level, r.Message, map[string]slog.Value{}}
	r.Attrs(func(a slog.Attr) bool { l.attrs[a.Key] = a.Value; return true })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.notes = append(n.notes, l)
	return nil
}

// take waits for a record of some kind, which is to be the only one, and forgets it.
func (n *notebook) take(t *testing.T, message string) logged {
	t.Helper()
	var found []logged
	require.Eventually(t, func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.notes = slices.DeleteFunc(n.notes, func(l logged) bool {
			if l.message == message {
				found = append(found, l)
			}
			return l.message == message
		})
		return len(found) > 0
	}, 10*time.Second, time.Millisecond, message)
	require.Len(t, found, 1)
	return found[0]
}

func (l logged) keys(t *testing.T, level slog.Level, keys ...string) {
	t.Helper()
	require.Equal(t, level, l.level)
	require.Len(t, l.attrs, len(keys))
	for _, k := range keys {
		require.Contains(t, l.attrs, k)
	}
}

// end checks the record of a worker's end.
func (l logged) end(t *testing.T, level slog.Level, pid int, reason, name string, code int, signal string) {
	t.Helper()
	l.keys(t, level, "pid", "func", "exit_code", "signal", "reason", "age", "calls")
	require.Equal(t, reason, l.attrs["reason"].String())
	require.EqualValues(t, pid, l.attrs["pid"].Int64())
	require.Equal(t, name, l.attrs["func"].String())
	require.EqualValues(t, code, l.attrs["exit_code"].Int64())
	require.Equal(t, signal, l.attrs["signal"].String())
	require.Positive(t, l.attrs["age"].Duration())
}

func TestLogger(t *testing.T) {
	notes := &notebook{}
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Logger: slog.New(notes), Launch: ipc.Launch{Stderr: io.Discard}})
	notes.mu.Lock()
	notes.look = func() { pool.Workers() } // a handler may
	notes.mu.Unlock()
	worker := func() int {
		got, err := pid.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		l := notes.take(t, "ipc: worker started")
		l.keys(t, slog.LevelDebug, "pid", "took")
		require.EqualValues(t, got, l.attrs["pid"].Int64())
		require.Positive(t, l.attrs["took"].Duration())
		return got
	}

	w := worker()
	_, err := exits.On(pool)(t.Context(), 7)
	require.Error(t, err)
	l := notes.take(t, "ipc: worker died")
	l.end(t, slog.LevelWarn, w, "exited", "exits", 7, "")
	require.EqualValues(t, 2, l.attrs["calls"].Int64())

	w = worker()
	_, err = crashes.On(pool)(t.Context(), "with something secret")
	require.Error(t, err)
	notes.take(t, "ipc: worker died").end(t, slog.LevelWarn, w, "crash", "crashes", 2, "")

	w = worker()
	require.NoError(t, syscall.Kill(w, syscall.SIGKILL))
	notes.take(t, "ipc: worker died").end(t, slog.LevelWarn, w, "signal", "", -1, "killed")

	w = worker()
	require.Eventually(t, func() bool { // it may end before it is started
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := endless.On(pool)(ctx, none{})
		return errors.Is(err, context.DeadlineExceeded) && pool.Stats().Killed == 1
	}, 10*time.Second, time.Millisecond)
	notes.take(t, "ipc: worker killed").end(t, slog.LevelInfo, w, "ctx", "endless", -1, "killed")

	w = worker()
	require.NoError(t, pool.Replace(t.Context()))
	notes.take(t, "ipc: worker left").end(t, slog.LevelDebug, w, "replaced", "", 0, "")
	w = pool.Workers()[0].Pid
	require.NoError(t, pool.Shutdown(context.Background()))
	notes.take(t, "ipc: worker left").end(t, slog.LevelDebug, w, "closed", "", 0, "")
}

func TestLoggerOfLeavers(t *testing.T) {
	left := func(reason string, o ipc.PoolOptions, do func(*ipc.Pool)) {
		t.Helper()
		notes := &notebook{}
		o.Workers, o.Logger = 1, slog.New(notes)
		pool := newPool(t, o)
		w := int(notes.take(t, "ipc: worker started").attrs["pid"].Int64())
		do(pool)
		code, signal := 0, ""
		if reason == "terminated" {
			code, signal = -1, "killed"
		}
		notes.take(t, "ipc: worker left").end(t, slog.LevelDebug, w, reason, "", code, signal)
	}
	left("idle", ipc.PoolOptions{Idle: time.Millisecond}, func(*ipc.Pool) {})
	left("max_calls", ipc.PoolOptions{MaxCalls: 1}, func(p *ipc.Pool) {
		_, err := square.On(p)(t.Context(), 1)
		require.NoError(t, err)
	})
	left("terminated", ipc.PoolOptions{}, func(p *ipc.Pool) { _ = p.Close() })
}

func TestLoggerOfErrors(t *testing.T) {
	notes := &notebook{}
	dir := t.TempDir()
	pool := newPool(t, ipc.PoolOptions{
		Workers: 1, Logger: slog.New(notes), Launch: ipc.Launch{Stderr: io.Discard},
		Initializer: failsSecond.Bind(dir), Finalizer: fail.Bind("EOF"), MaxCalls: 1,
	})
	notes.take(t, "ipc: worker started")
	_, err := square.On(pool)(t.Context(), 1)
	require.NoError(t, err)
	l := notes.take(t, "ipc: finalizer failed")
	l.keys(t, slog.LevelWarn, "pid", "func", "error")
	require.Equal(t, "fail", l.attrs["func"].String())
	require.Equal(t, io.EOF, l.attrs["error"].Any())
	var told logged
	require.Eventually(t, func() bool {
		notes.mu.Lock()
		defer notes.mu.Unlock()
		for _, told = range notes.notes {
			if told.message == "ipc: worker not started" {
				return true
			}
		}
		return false
	}, 10*time.Second, time.Millisecond)
	told.keys(t, slog.LevelError, "error")
	require.ErrorIs(t, told.attrs["error"].Any().(error), ipc.ErrStart)
	require.ErrorContains(t, told.attrs["error"].Any().(error), "not again")
}

// failsSecond fails but for the first time with the same folder.
var failsSecond = ipc.Func("fails second", func(_ context.Context, dir string) (int, error) {
	if os.Mkdir(filepath.Join(dir, "first"), 0o700) == nil {
		return 0, nil
	}
	return 0, errors.New("not again")
})

// A handler may ask the pool something while that is closed.
func TestLoggerAsksTheClosing(t *testing.T) {
	var n notebook
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Logger: slog.New(&n)})
	n.take(t, "ipc: worker started")
	n.mu.Lock()
	n.look = func() { pool.Stats() }
	n.mu.Unlock()
	require.NoError(t, within(t, func() error { return pool.Shutdown(context.Background()) }))
	n.mu.Lock()
	defer n.mu.Unlock()
	require.Len(t, n.notes, 1, "Close has waited for the handler")
	require.Equal(t, "ipc: worker left", n.notes[0].message)
}
