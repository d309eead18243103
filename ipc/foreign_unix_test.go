//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

// A rotten context panics when its methods have been called a number of times.
type rotten struct {
	context.Context
	left *atomic.Int64
}

func (r rotten) bite() {
	if r.left.Add(-1) == 0 {
		panic("rotten")
	}
}

func (r rotten) Done() <-chan struct{}       { r.bite(); return r.Context.Done() }
func (r rotten) Err() error                  { r.bite(); return r.Context.Err() }
func (r rotten) Deadline() (time.Time, bool) { r.bite(); return r.Context.Deadline() }
func (r rotten) Value(key any) any           { r.bite(); return r.Context.Value(key) }

// rottenly calls f with contexts that panic at their first, second, … call, as long as
// they get to that.
func rottenly(t *testing.T, f func(context.Context)) {
	for n := int64(1); ; n++ {
		require.Less(t, n, int64(100))
		bounded, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		ctx := rotten{bounded, new(atomic.Int64)}
		ctx.left.Store(n)
		func() {
			defer func() {
				if v := recover(); v != nil {
					require.Contains(t, fmt.Sprint(v), "rotten")
				}
			}()
			f(ctx)
		}()
		cancel()
		if ctx.left.Load() > 0 {
			return
		}
	}
}

// A panic of a context reaches the caller, and costs nobody else anything.
func TestContextPanics(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	serves := func() {
		n, err := square.On(pool)(t.Context(), 7)
		require.NoError(t, err)
		require.Equal(t, 49, n)
	}
	for range effort.Times(1, 1, 20) {
		rottenly(t, func(ctx context.Context) { _, _ = square.On(pool)(ctx, 7) })
		serves()
		rottenly(t, func(ctx context.Context) { _, _ = obedient.On(pool)(ctx, none{}) })
		serves()
		rottenly(t, func(ctx context.Context) { _, _ = stuck.On(pool)(ctx, none{}) })
		serves()
	}
	rottenly(t, func(ctx context.Context) { _ = pool.Replace(ctx) })
	serves()
	rottenly(t, func(ctx context.Context) {
		if p, err := ipc.Start(ctx, stuck, none{}); err == nil {
			_ = p.Join(t.Context())
		}
	})
	rottenly(t, func(ctx context.Context) {
		if p, err := ipc.NewPool(ctx, ipc.PoolOptions{Workers: 1}); err == nil {
			p.Close()
		}
	})
	within(t, func() error { return pool.Close() })
}

// shouts writes n bytes to standard output, and n to standard error.
var shouts = ipc.Func("ipc_test.shouts", func(_ context.Context, n int) (int, error) {
	done := make(chan error, 2)
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		go func() {
			_, err := f.WriteString(strings.Repeat("x", n))
			done <- err
		}()
	}
	if err := <-done; err != nil {
		return 0, err
	}
	return n, <-done
})

// One writer for standard output and standard error is called by one goroutine, and gets
// everything.
func TestOneWriterForBoth(t *testing.T) {
	const n = 200_000
	for range effort.Times(10, 3, 100) {
		var out bytes.Buffer
		p, err := ipc.Start(t.Context(), shouts, n, ipc.ProcessOptions{Launch: ipc.Launch{Stdout: &out, Stderr: &out}})
		require.NoError(t, err)
		require.NoError(t, p.Join(t.Context()))
		require.Equal(t, 2*n, out.Len())
	}
	var out bytes.Buffer
	pool := newPool(t, ipc.PoolOptions{Workers: 2, Launch: ipc.Launch{Stdout: &out, Stderr: &out}})
	for range 3 {
		_, err := shouts.On(pool)(t.Context(), n)
		require.NoError(t, err)
	}
	require.NoError(t, pool.Shutdown(t.Context()))
	require.Equal(t, 6*n, out.Len())
}

type rudeStream struct{ end func() }

func (s rudeStream) Write(p []byte) (int, error) { s.end(); return len(p), nil }
func (s rudeStream) Read(p []byte) (int, error)  { s.end(); return 0, io.EOF }

// A writer or reader that panics, or ends its goroutine, holds up neither the process nor
// the pool.
func TestStreamPanics(t *testing.T) {
	for _, end := range []func(){func() { panic("rude") }, runtime.Goexit} {
		rude := rudeStream{end}
		pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stdout: rude, Stderr: rude}})
		_, err := shouts.On(pool)(t.Context(), 1<<20)
		require.NoError(t, err)
		within(t, func() error { return pool.Close() })
		p, err := ipc.Start(t.Context(), shouts, 1<<20, ipc.ProcessOptions{Stdin: rude, Launch: ipc.Launch{Stdout: rude, Stderr: io.Discard}})
		require.NoError(t, err)
		require.NoError(t, within(t, func() error { return p.Join(t.Context()) }))
	}
}
