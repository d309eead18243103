//go:build unix

package ipc_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/halt"
	"github.com/fanfold/fanfold/ipc"
)

// busyPool returns a pool of one worker, which runs f, and its process id.
func busyPool(t *testing.T, f func(ipc.Carrier) func(context.Context, none) error) (*ipc.Pool, int) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Stderr: io.Discard}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(pool)(ctx, none{})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	require.Eventually(t, func() bool { return pool.Workers()[0].State == ipc.WorkerBusy }, 10*time.Second, time.Millisecond)
	return pool, pool.Workers()[0].Pid
}

// unzipped returns what a profile for go tool pprof has in it: among other things, all
// of its strings.
func unzipped(t *testing.T, profile []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(profile))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(text)
}

// A worker that is busy forever tells with what.
func TestProfile(t *testing.T) {
	pool, worker := busyPool(t, ignoreResult(endless))
	profile := func(name string, o ipc.ProfileOptions) []byte {
		t.Helper()
		var out bytes.Buffer
		require.NoError(t, pool.Profile(t.Context(), worker, name, &out, o))
		return out.Bytes()
	}
	require.Eventually(t, func() bool { // on a machine with more to do there may be no sample
		begun := time.Now()
		text := unzipped(t, profile("cpu", ipc.ProfileOptions{Duration: 200 * time.Millisecond}))
		require.GreaterOrEqual(t, time.Since(begun), 200*time.Millisecond)
		return strings.Contains(text, "ipc.func") && strings.Contains(text, "endless") && strings.Contains(text, "ipc.Call.")
	}, 10*time.Second, time.Millisecond)
	for _, name := range []string{"heap", "allocs", "goroutine", "threadcreate", "block", "mutex"} {
		require.NotEmpty(t, unzipped(t, profile(name, ipc.ProfileOptions{})), name)
	}
	require.Contains(t, unzipped(t, profile("goroutine", ipc.ProfileOptions{})), "ipc.func")
	require.Contains(t, string(profile("goroutine", ipc.ProfileOptions{Debug: 2})), "ipc.(*server).run(")
	trace := profile("trace", ipc.ProfileOptions{Duration: time.Millisecond})
	require.True(t, bytes.HasPrefix(trace, []byte("go 1.")))
	require.EqualValues(t, 1, pool.Stats().Spawned)
	require.Equal(t, ipc.WorkerBusy, pool.Workers()[0].State)
}

func TestProfileErrors(t *testing.T) {
	pool, worker := busyPool(t, ignoreResult(endless))
	profile := func(ctx context.Context, name string, o ipc.ProfileOptions) error {
		return within(t, func() error { return pool.Profile(ctx, worker, name, io.Discard, o) })
	}
	err := profile(t.Context(), "horoscope", ipc.ProfileOptions{})
	require.ErrorIs(t, err, ipc.ErrNoProfile)
	require.ErrorContains(t, err, `"horoscope" is not among cpu, trace, allocs`)
	err = profile(t.Context(), strings.Repeat("x", 300), ipc.ProfileOptions{})
	require.ErrorIs(t, err, ipc.ErrNoProfile)
	err = pool.Profile(t.Context(), os.Getpid(), "heap", io.Discard)
	require.ErrorIs(t, err, ipc.ErrNoWorker)
	var large *ipc.TooLargeError
	require.ErrorAs(t, profile(t.Context(), "heap", ipc.ProfileOptions{MaxSize: 100}), &large)
	require.Equal(t, "profile", large.What)
	require.Equal(t, 100, large.Limit)
	require.Panics(t, func() { _ = pool.Profile(t.Context(), worker, "heap", io.Discard, ipc.ProfileOptions{Debug: -1}) })

	// Whoever gives up ends the profile there, too.
	cause := errors.New("seen enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, cause)
	defer cancel()
	long := ipc.ProfileOptions{Duration: time.Hour}
	require.Equal(t, cause, profile(ctx, "cpu", long))
	require.Equal(t, cause, profile(ctx, "cpu", long))
	require.Eventually(t, func() bool {
		return profile(t.Context(), "cpu", ipc.ProfileOptions{Duration: 10 * time.Millisecond}) == nil
	}, 10*time.Second, time.Millisecond)

	// One at a time.
	ctx, cancel = context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- pool.Profile(ctx, worker, "cpu", io.Discard, long) }()
	watching := func(function string) {
		t.Helper()
		require.Eventually(t, func() bool {
			var text bytes.Buffer
			return pool.Profile(t.Context(), worker, "goroutine", &text, ipc.ProfileOptions{Debug: 1}) == nil && strings.Contains(text.String(), function)
		}, 10*time.Second, time.Millisecond)
	}
	watching("runtime/pprof.profileWriter")
	err = profile(t.Context(), "cpu", ipc.ProfileOptions{Duration: time.Millisecond})
	var remote *ipc.RemoteError
	require.ErrorAs(t, err, &remote)
	require.Equal(t, "cpu profiling already in use", remote.Text)
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)

	// The end of the worker is the end of its profile.
	go func() { first <- pool.Profile(t.Context(), worker, "trace", io.Discard, long) }()
	watching("ipc.takeProfile.func") // the one that waits for the end of the request
	require.NoError(t, syscall.Kill(worker, syscall.SIGKILL))
	err = within(t, func() error { return <-first })
	died, ok := errors.AsType[*ipc.ProcessDiedError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, syscall.SIGKILL, died.Signal)
	require.Equal(t, worker, died.Pid)
	require.Equal(t, "profile trace", died.Func)
	require.Eventually(t, func() bool { return errors.Is(profile(t.Context(), "heap", ipc.ProfileOptions{}), ipc.ErrNoWorker) }, 10*time.Second, time.Millisecond)
	pool.Close()
	require.ErrorIs(t, profile(t.Context(), "heap", ipc.ProfileOptions{}), ipc.ErrClosed)
}

// A stopped worker gives no profile, and is none the worse for having been asked.
func TestProfileOfStopped(t *testing.T) {
	pool, worker := busyPool(t, ignoreResult(late))
	halt.Process(t, worker)
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		require.Equal(t, context.DeadlineExceeded, pool.Profile(ctx, worker, "heap", io.Discard))
		cancel()
	}
	require.NoError(t, syscall.Kill(worker, syscall.SIGCONT))
	require.NoError(t, pool.Profile(t.Context(), worker, "heap", io.Discard))
	require.Zero(t, pool.Stats().Died)
}

// crammed holds as many files open as it can while it runs.
var crammed = ipc.Func("crammed", func(ctx context.Context, _ none) (int, error) {
	var held []*os.File
	for ctx.Err() == nil {
		f, err := os.Open(os.DevNull)
		if err == nil {
			held = append(held, f)
			continue
		}
		select { // there may be one more when a profile has come to its end
		case <-ctx.Done():
		case <-time.After(time.Millisecond):
		}
	}
	for _, f := range held {
		f.Close()
	}
	return len(held), nil
})

// A worker that has no descriptor left survives the request, and the asker the silence.
func TestProfileWithoutDescriptors(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{Grace: time.Minute, Limits: ipc.Limits{Files: 64}}})
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan int, 1)
	go func() {
		n, _ := crammed.On(pool)(ctx, none{})
		held <- n
	}()
	var err error
	require.Eventually(t, func() bool {
		err = pool.Profile(t.Context(), pool.Workers()[0].Pid, "goroutine", io.Discard)
		return err != nil
	}, 10*time.Second, time.Millisecond)
	require.ErrorContains(t, err, "has broken off its goroutine profile")
	cancel()
	require.NotZero(t, <-held)
	require.NoError(t, pool.Profile(t.Context(), pool.Workers()[0].Pid, "goroutine", io.Discard))
	require.EqualValues(t, 1, pool.Stats().Spawned)
}

// A writer of the user's may fail, and may panic.
func TestProfileWriter(t *testing.T) {
	pool, worker := busyPool(t, ignoreResult(late))
	r, w := io.Pipe()
	require.NoError(t, r.CloseWithError(errCustom))
	require.Equal(t, errCustom, pool.Profile(t.Context(), worker, "heap", w))
	require.PanicsWithValue(t, "no more paper", func() { _ = pool.Profile(t.Context(), worker, "heap", rudeWriter{}) })
	require.NoError(t, pool.Profile(t.Context(), worker, "heap", io.Discard))
}

type rudeWriter struct{}

func (rudeWriter) Write([]byte) (int, error) { panic("no more paper") }
