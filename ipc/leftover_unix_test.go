//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// A read is a file to be read, by a function whose first process dies of it.
type readOnce struct {
	File *os.File
	Mark string // a path that is there when the first has died
}

var readsThenDies = ipc.Func("ipc_test.readsThenDies", func(_ context.Context, in readOnce) (string, error) {
	defer in.File.Close()
	text := make([]byte, 4)
	if _, err := io.ReadFull(in.File, text); err != nil {
		return "", err
	}
	if f, err := os.OpenFile(in.Mark, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		f.Close()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return string(text), nil
}, ipc.FuncOptions{Idempotent: true})

// A call that is started again finds its files where they stood; one whose files cannot
// go back is not started again.
func TestRetryReadsFromTheStart(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Seek(2, io.SeekStart)
	require.NoError(t, err)
	text, err := readsThenDies.On(pool)(t.Context(), readOnce{f, path + " read"})
	require.NoError(t, err)
	require.Equal(t, "2345", text)

	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	_, err = w.WriteString("0123456789")
	require.NoError(t, err)
	w.Close()
	_, err = readsThenDies.On(pool)(t.Context(), readOnce{r, path + " piped"})
	require.ErrorIs(t, err, ipc.ErrProcessDied)
	require.NotErrorIs(t, err, ipc.ErrPoison)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "456789", string(rest), "it was started once")
}

var labelsItself = ipc.Func("ipc_test.labelsItself", func(ctx context.Context, _ none) (string, error) {
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		return "", err
	}
	pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("mine", "still")))
	return b.String(), nil
})

// The profile labels that a call sets end with it.
func TestLabelsEndWithTheCall(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	for range 3 {
		got, err := labelsItself.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.Contains(t, got, "ipc_test.labelsItself")
		require.NotContains(t, got, "mine")
	}
}

// The last words of a process are those of the call that it died of.
func TestLastWordsAreTheCalls(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stdout: io.Discard, Stderr: io.Discard}})
	for n := range effort.Times(20, 5, 100) {
		_, err := shouts.On(pool)(t.Context(), 1000+n)
		require.NoError(t, err)
		_, err = dies.On(pool)(t.Context(), none{})
		died, ok := errors.AsType[*ipc.ProcessDiedError](err)
		require.True(t, ok, "%v", err)
		require.NotContains(t, string(died.Stderr), "x")
		require.NotContains(t, fmt.Sprint(err), "xx")
	}
}
