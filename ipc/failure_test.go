//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

var (
	// failsLarge fails with a text of about n bytes.
	failsLarge = ipc.Func("fails large", func(_ context.Context, n int) (int, error) {
		return 0, fmt.Errorf("large: %s: %w", strings.Repeat("é", n/2), io.ErrNoProgress)
	})
	panicsLarge = ipc.Func("panics large", func(_ context.Context, n int) (int, error) {
		return explode("large: " + strings.Repeat("é", n/2)), nil
	})
	// uploads passes on an error of a call that it made in its turn.
	uploads = ipc.Func("uploads", func(context.Context, none) (int, error) {
		return 0, fmt.Errorf("uploading: %w", &ipc.TooLargeError{Func: "upload", What: "argument", Size: 7, Limit: 5})
	})
	// endOfCtx waits for the end of its ctx and tells its Err; it is a result.
	endOfCtx = ipc.Func("end of ctx", func(ctx context.Context, _ none) (string, error) {
		<-ctx.Done()
		return ctx.Err().Error(), nil
	})
	interrupted = ipc.Func("interrupted", func(context.Context, none) (int, error) { interrupt(); return 0, nil })
	interrupt   func()
)

// relays fails with what a process of its own, or a goroutine, panicked with, and
// says more.
var relays = ipc.Func("ipc_test.relays", func(ctx context.Context, where string) (report, error) {
	switch where {
	case "process":
		p := ipc.NewProcess(panics, "at the far end")
		if err := p.Start(ctx); err != nil {
			return report{}, err
		}
		return report{}, fmt.Errorf("relayed: %w", p.Join(ctx))
	case "value":
		return report{}, errors.Join(errOrdered, &ipc.PanicError{Value: io.ErrNoProgress, Stack: []byte("of somebody")})
	}
	return report{}, fmt.Errorf("empty: %w", (*ipc.PanicError)(nil))
})

// A panic that an error wraps arrives with its stack, and the error with its text.
func TestWrappedPanic(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	_, err := relays.On(pool)(t.Context(), "process")
	require.True(t, strings.HasPrefix(err.Error(), "relayed: panic: at the far end"), err.Error())
	require.Contains(t, err.Error(), "ipc_test.explode")
	pe, ok := errors.AsType[*ipc.PanicError](err)
	require.True(t, ok)
	require.Equal(t, "at the far end", pe.Value)
	require.Contains(t, string(pe.Stack), "ipc_test.explode")
	re, ok := errors.AsType[*ipc.RemoteError](err)
	require.True(t, ok)
	require.Equal(t, "ipc_test.relays", re.Func)

	_, err = relays.On(pool)(t.Context(), "value")
	require.ErrorIs(t, err, errOrdered)
	require.ErrorIs(t, err, io.ErrNoProgress)
	pe, ok = errors.AsType[*ipc.PanicError](err)
	require.True(t, ok)
	require.Equal(t, &ipc.PanicError{Value: io.ErrNoProgress.Error(), Stack: []byte("of somebody")}, pe)

	_, err = relays.On(pool)(t.Context(), "nothing")
	require.Error(t, err)
}

// However large a failure is, and however small messages must be, it arrives, at
// least its beginning, and no worker is hurt.
func TestLargeFailures(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{MaxMessage: 1 << 10, Grace: time.Minute}})
	for _, n := range []int{2 << 10, 10 << 20} {
		_, err := failsLarge.On(pool)(t.Context(), n)
		require.ErrorIs(t, err, io.ErrNoProgress)
		begins(t, err.Error(), "large: éé", n)

		_, err = panicsLarge.On(pool)(t.Context(), n)
		var pe *ipc.PanicError
		require.ErrorAs(t, err, &pe)
		begins(t, fmt.Sprint(pe.Value), "large: éé", n)
		require.Contains(t, string(pe.Stack), "ipc_test.explode")

		cause := errors.New("large: " + strings.Repeat("é", n/2))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Millisecond, func() { cancel(cause) })
		_, err = obedient.On(pool)(ctx, none{})
		require.ErrorIs(t, err, cause)
	}
	s := pool.Stats()
	require.EqualValues(t, 1, s.Spawned)
	require.Zero(t, s.Died+s.Killed)
}

// begins checks a text that was n bytes long and may have been cut.
func begins(t *testing.T, text, want string, n int) {
	t.Helper()
	require.True(t, strings.HasPrefix(text, want), "%.100q", text)
	require.GreaterOrEqual(t, len(text), min(n, 32<<10))
	require.LessOrEqual(t, len(text), 65<<10)
	require.NotContains(t, text, "\ufffd", "cut in the middle of a character")
}

// What a function passes on is an error like any other: only its own result can
// be too large.
func TestInnerTooLarge(t *testing.T) {
	_, err := uploads.On(newPool(t, ipc.PoolOptions{Workers: 1}))(t.Context(), none{})
	require.EqualError(t, err, "uploading: ipc: upload: the argument has 7 bytes, the limit is 5")
	var large *ipc.TooLargeError
	require.False(t, errors.As(err, &large))
}

// A pastCtx has a deadline that nobody watches, which is over.
type pastCtx struct{ context.Context }

func (pastCtx) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }
func (pastCtx) Done() <-chan struct{}       { return nil }
func (pastCtx) Err() error                  { return nil }

// The worker looks at the clock itself, so that its function sees a deadline
// pass, not a cancellation; and the call ends even if the caller's ctx does not
// know.
func TestDeadlineOverThere(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	got := within(t, func() string {
		text, err := endOfCtx.On(pool)(pastCtx{t.Context()}, none{})
		return fmt.Sprint(text, err)
	})
	require.Equal(t, "context deadline exceeded<nil>", got)
	err := within(t, func() error { _, err := obedient.On(pool)(pastCtx{t.Context()}, none{}); return err })
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A deadline that is as far away as can be does not end a call.
func TestFarthestDeadline(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1})
	ctx, cancel := context.WithTimeout(t.Context(), math.MaxInt64)
	defer cancel()
	left, err := deadline.On(pool)(ctx, none{})
	require.NoError(t, err)
	require.Greater(t, left, 100*365*24*time.Hour)
	p, err := ipc.Start(ctx, deadline, none{})
	require.NoError(t, err)
	left, err = p.Result(t.Context())
	require.NoError(t, err)
	require.Greater(t, left, 100*365*24*time.Hour)
}

// The items of a chunk that come after the end of ctx are not begun.
func TestChunkInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	n := 0
	interrupt = func() { n++; cancel(errCustom) }
	_, err := interrupted.OnChunks(loopback{})(ctx, make([]none, 3))
	require.Equal(t, errCustom, err)
	require.Equal(t, 1, n)
}
