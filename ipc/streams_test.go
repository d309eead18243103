//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

var (
	// talks writes n lines of c to standard error, and then waits for its ctx.
	talks = ipc.Func("talks", func(ctx context.Context, c string) (int, error) {
		line := []byte(strings.Repeat(c, lineLength-1) + "\n")
		for range lines {
			if _, err := os.Stderr.Write(line); err != nil {
				return 0, err
			}
		}
		<-ctx.Done()
		return lines, nil
	})
	// rants writes to standard error forever.
	rants = ipc.Func("rants", func(context.Context, none) (int, error) {
		for line := []byte(strings.Repeat("!", 4<<10)); ; {
			if _, err := os.Stderr.Write(line); err != nil {
				return 0, err
			}
		}
	})
)

const (
	lines      = 200
	lineLength = 1 << 10
)

// A blockedWriter says when it is first written to, and blocks until it is
// released.
type blockedWriter struct {
	once              sync.Once
	entered, released chan none
}

func (w *blockedWriter) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.entered) })
	<-w.released
	return len(p), nil
}

// A writer that blocks delays the workers that want to write, but neither the
// end of a call nor that of the pool.
func TestBlockedStderr(t *testing.T) {
	w := &blockedWriter{entered: make(chan none), released: make(chan none)}
	defer close(w.released)
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Stderr: w}})
	for range 2 { // twice, so that something is left over from the first worker
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { _, err := rants.On(pool)(ctx, none{}); ended <- err }()
		require.Eventually(t, func() bool { return pool.Stats().Idle < pool.Stats().Workers }, 10*time.Second, time.Millisecond)
		<-w.entered
		cancel()
		require.ErrorIs(t, within(t, func() error { return <-ended }), context.Canceled)
	}
	require.EqualValues(t, 2, pool.Stats().Killed)
	go rants.On(pool)(t.Context(), none{})
	within(t, func() none { pool.Close(); return none{} })
}

// An unlockedBuffer is a writer that is not safe for concurrent use.
type unlockedBuffer struct {
	bytes.Buffer
	written atomic.Int64 // may be read meanwhile
}

func (b *unlockedBuffer) Write(p []byte) (int, error) {
	n, err := b.Buffer.Write(p)
	b.written.Add(int64(n))
	return n, err
}

// The workers of a pool talk to its Stderr one at a time, and all is passed on.
func TestSharedStderr(t *testing.T) {
	const workers = 4
	var b unlockedBuffer
	pool := newPool(t, ipc.PoolOptions{Workers: workers, Launch: ipc.Launch{Stderr: &b, Grace: time.Minute}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	results := make(chan error, workers)
	for i := range workers {
		go func() { _, err := talks.On(pool)(ctx, string(rune('a'+i))); results <- err }()
	}
	require.Eventually(t, func() bool { return b.written.Load() >= workers*lines*lineLength }, 10*time.Second, time.Millisecond)
	for i := range workers {
		require.Equal(t, lines*(lineLength-1), bytes.Count(b.Bytes(), []byte{byte('a' + i)}))
	}
	require.Equal(t, workers*lines*lineLength, b.Len())
	cancel()
	for range workers {
		require.NoError(t, <-results)
	}
}
