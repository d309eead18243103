package concurrent_test

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// failing returns a function that fails with errs, one after the other, then
// returns 7, and counts its calls.
func failing(errs ...error) (f func(context.Context) (int, error), calls *int) {
	calls = new(int)
	return func(context.Context) (int, error) {
		*calls++
		if *calls <= len(errs) {
			return 0, errs[*calls-1]
		}
		return 7, nil
	}, calls
}

var (
	errA = errors.New("a")
	errB = errors.New("b")
	errC = errors.New("c")
)

func TestRetry(t *testing.T) {
	const ms = time.Millisecond
	half := func() float64 { return 0.5 }
	cases := []struct {
		name     string
		errs     []error
		opts     []concurrent.RetryOptions
		attempts int // calls expected
		fails    error
		took     time.Duration
		text     string
	}{
		{name: "at once", attempts: 1},
		{name: "second time", errs: []error{errA}, attempts: 2, took: 50 * ms,
			opts: []concurrent.RetryOptions{{Rand: half}}},
		{name: "defaults double and give up after four", errs: []error{errA, errA, errA, errB, errC}, attempts: 4, fails: errB, took: 700 * ms,
			opts: []concurrent.RetryOptions{{Jitter: -1}}, text: "after 4 attempts: b"},
		{name: "one attempt never sleeps", errs: []error{errA}, attempts: 1, fails: errA,
			opts: []concurrent.RetryOptions{{Attempts: 1}}, text: "after 1 attempt: a"},
		{name: "without end", errs: slices.Repeat([]error{errA}, 50), attempts: 51,
			opts: []concurrent.RetryOptions{{Attempts: -1, First: -1}}},
		{name: "pauses are bounded", errs: slices.Repeat([]error{errA}, 5), attempts: 6, took: (10 + 30 + 70 + 70 + 70) * ms,
			opts: []concurrent.RetryOptions{{Attempts: 6, First: 10 * ms, Factor: 3, Max: 70 * ms, Jitter: -1}}},
		{name: "the first pause is bounded too", errs: []error{errA}, attempts: 2, took: 5 * ms,
			opts: []concurrent.RetryOptions{{First: time.Hour, Max: 5 * ms, Jitter: -1}}},
		{name: "thirty seconds at most", errs: slices.Repeat([]error{errA}, 2), attempts: 3, took: 60 * time.Second,
			opts: []concurrent.RetryOptions{{First: time.Hour, Jitter: -1}}},
		{name: "a constant pause", errs: slices.Repeat([]error{errA}, 3), attempts: 4, took: 30 * ms,
			opts: []concurrent.RetryOptions{{First: 10 * ms, Factor: 1, Jitter: -1}}},
		{name: "a factor without bounds", errs: slices.Repeat([]error{errA}, 3), attempts: 4, took: 10*ms + 2*time.Second,
			opts: []concurrent.RetryOptions{{First: 10 * ms, Factor: math.Inf(1), Max: time.Second, Jitter: -1}}},
		{name: "some jitter", errs: slices.Repeat([]error{errA}, 2), attempts: 3, took: 9*ms + 18*ms,
			opts: []concurrent.RetryOptions{{First: 10 * ms, Jitter: 0.2, Rand: half}}},
		{name: "If turns down", errs: []error{errA, errB, errC}, attempts: 2, fails: errB,
			opts: []concurrent.RetryOptions{{First: -1, If: func(err error) bool { return err == errA }}}, text: "after 2 attempts: b"},
		{name: "Pause changes the pause, also beyond the longest", errs: []error{errA, errB}, attempts: 3, took: 60*ms + time.Hour,
			opts: []concurrent.RetryOptions{{First: 50 * ms, Max: time.Second, Jitter: -1, Pause: func(err error, pause time.Duration) time.Duration {
				if err == errB {
					return time.Hour
				}
				return pause + 10*ms
			}}}},
		{name: "Pause of nothing", errs: []error{errA, errB}, attempts: 3,
			opts: []concurrent.RetryOptions{{Pause: func(error, time.Duration) time.Duration { return 0 }}}},
		{name: "Pause gives up", errs: []error{errA, errB, errC}, attempts: 2, fails: errB, text: "after 2 attempts: b",
			opts: []concurrent.RetryOptions{{First: -1, Pause: func(err error, pause time.Duration) time.Duration {
				if err == errB {
					return -1
				}
				return pause
			}}}},
		{name: "Pause is not asked after the last attempt", errs: []error{errA}, attempts: 1, fails: errA,
			opts: []concurrent.RetryOptions{{Attempts: 1, Pause: func(error, time.Duration) time.Duration { panic("asked") }}}},
		{name: "permanent", errs: []error{concurrent.Permanent(errA)}, attempts: 1, fails: errA, text: "after 1 attempt: a",
			opts: []concurrent.RetryOptions{{If: func(error) bool { panic("asked") }}}},
		{name: "permanent inside", errs: []error{errors.Join(errB, concurrent.Permanent(errA))}, attempts: 1, fails: errA},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, calls := failing(c.errs...)
				start := time.Now()
				v, err := concurrent.Retry(t.Context(), f, c.opts...)
				assert.Equal(t, c.took, time.Since(start))
				assert.Equal(t, c.attempts, *calls, "calls")
				if c.fails == nil {
					assert.Equal(t, 7, v)
					assert.NoError(t, err)
					return
				}
				var re *concurrent.RetryError
				require.ErrorAs(t, err, &re)
				assert.Equal(t, c.attempts, re.Attempts)
				assert.ErrorIs(t, err, c.fails)
				assert.NoError(t, re.Ended)
				if c.text != "" {
					assert.EqualError(t, err, c.text)
				}
			})
		})
	}
}

// Each pause is anything up to its bound, by chance of the default source.
func TestRetryFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := failing(slices.Repeat([]error{errA}, 20)...)
		var pauses []time.Duration
		last := time.Now()
		_, err := concurrent.Retry(t.Context(), f, concurrent.RetryOptions{
			Attempts: 21, First: time.Second, Factor: 1,
			OnRetry: func(attempt int, err error, pause time.Duration) {
				assert.Equal(t, len(pauses)+1, attempt)
				assert.Equal(t, errA, err)
				if len(pauses) > 0 {
					assert.Equal(t, pauses[len(pauses)-1], time.Since(last), "the pause that was announced")
				}
				last = time.Now()
				pauses = append(pauses, pause)
			},
		})
		require.NoError(t, err)
		require.Len(t, pauses, 20)
		low, high := slices.Min(pauses), slices.Max(pauses)
		// Twenty draws all in one half: one chance in half a million.
		assert.GreaterOrEqual(t, low, time.Duration(0))
		assert.LessOrEqual(t, high, time.Second)
		assert.LessOrEqual(t, low, time.Second/2, "the shortest pause")
		assert.GreaterOrEqual(t, high, time.Second/2, "the longest pause")
	})
}

func TestRetryContext(t *testing.T) {
	t.Run("done on entry", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errA)
		f, calls := failing()
		_, err := concurrent.Retry(ctx, f)
		assert.Equal(t, errA, err)
		assert.Zero(t, *calls)
	})
	t.Run("cause that cannot be compared", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := concurrent.Retry(ctx, func(ctx context.Context) (int, error) {
			cancel(uncomparable{})
			return 0, context.Cause(ctx)
		})
		assert.EqualError(t, err, "uncomparable after 1 attempt: uncomparable")
	})
	t.Run("in a pause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
			defer cancel()
			f, calls := failing(errA, errB, errC)
			start := time.Now()
			_, err := concurrent.Retry(ctx, f, concurrent.RetryOptions{Jitter: -1})
			var re *concurrent.RetryError
			require.ErrorAs(t, err, &re)
			assert.Equal(t, 2, re.Attempts)
			assert.Equal(t, 2, *calls)
			assert.Equal(t, errB, re.Err)
			assert.ErrorIs(t, err, errB)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NotErrorIs(t, err, io.EOF)
			assert.EqualError(t, err, "context deadline exceeded after 2 attempts: b")
			assert.Equal(t, 250*time.Millisecond, time.Since(start))
		})
	})
	t.Run("in an attempt", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		_, err := concurrent.Retry(ctx, func(ctx context.Context) (int, error) {
			if calls++; calls == 1 {
				return 0, errA
			}
			cancel(errB)
			return 0, ctx.Err()
		}, concurrent.RetryOptions{First: -1})
		var re *concurrent.RetryError
		require.ErrorAs(t, err, &re)
		assert.Equal(t, 2, re.Attempts)
		assert.Equal(t, errA, re.Err)
		assert.Equal(t, errB, re.Ended)
	})
	t.Run("in an attempt that fails by itself", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		_, err := concurrent.Retry(ctx, func(ctx context.Context) (int, error) {
			if calls++; calls == 1 {
				return 0, errA
			}
			cancel()
			return 0, errC
		}, concurrent.RetryOptions{First: -1})
		var re *concurrent.RetryError
		require.ErrorAs(t, err, &re)
		assert.Equal(t, errC, re.Err)
		assert.ErrorIs(t, err, context.Canceled)
	})
	t.Run("in the only attempt", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := concurrent.Retry(ctx, func(ctx context.Context) (int, error) { cancel(); return 0, ctx.Err() })
		assert.EqualError(t, err, "after 1 attempt: context canceled")
		assert.ErrorIs(t, err, context.Canceled)
	})
	t.Run("without pauses", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f, calls := failing(slices.Repeat([]error{errA}, 10)...)
		_, err := concurrent.Retry(ctx, f, concurrent.RetryOptions{First: -1, OnRetry: func(int, error, time.Duration) { cancel() }})
		assert.Equal(t, 1, *calls)
		assert.ErrorIs(t, err, context.Canceled)
		assert.ErrorIs(t, err, errA)
	})
	t.Run("success wins", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		v, err := concurrent.Retry(ctx, func(context.Context) (int, error) { cancel(); return 7, nil })
		assert.Equal(t, 7, v)
		assert.NoError(t, err)
	})
}

func TestRetrying(t *testing.T) {
	calls := 0
	f := concurrent.Retrying(func(_ context.Context, in int) (int, error) {
		if calls++; calls < 3 {
			return 0, errA
		}
		return 2 * in, nil
	}, concurrent.RetryOptions{First: -1})
	v, err := f(t.Context(), 21)
	assert.Equal(t, 42, v)
	assert.NoError(t, err)
	assert.Equal(t, 3, calls)
}

func TestPermanent(t *testing.T) {
	assert.NoError(t, concurrent.Permanent(nil), "Permanent(nil)")
	// A Retry around a Retry gives up as well.
	inner, calls := failing(concurrent.Permanent(errA))
	_, err := concurrent.Retry(t.Context(), func(ctx context.Context) (int, error) { return concurrent.Retry(ctx, inner) })
	assert.Equal(t, 1, *calls)
	assert.ErrorIs(t, err, errA)
	assert.Equal(t, 2, strings.Count(err.Error(), "after 1 attempt"))
}

func TestRetryMisuse(t *testing.T) {
	f, _ := failing()
	with := func(o concurrent.RetryOptions) func() {
		return func() { concurrent.Retry(context.Background(), f, o) }
	}
	mustPanic(t, map[string]func(){
		"Retry of a nil function":    func() { concurrent.Retry[int](context.Background(), nil) },
		"Retrying of a nil function": func() { concurrent.Retrying[int, int](nil) },
		"Retry with Attempts -2":     with(concurrent.RetryOptions{Attempts: -2}),
		"Max -1ns":                   with(concurrent.RetryOptions{Max: -1}),
		"Factor 0.5":                 with(concurrent.RetryOptions{Factor: 0.5}),
		"Factor -1":                  with(concurrent.RetryOptions{Factor: -1}),
		"Factor NaN":                 with(concurrent.RetryOptions{Factor: math.NaN()}),
		"Jitter 1.5":                 with(concurrent.RetryOptions{Jitter: 1.5}),
		"Jitter NaN":                 with(concurrent.RetryOptions{Jitter: math.NaN()}),
		"Retry with 2": func() {
			concurrent.Retry(context.Background(), f, concurrent.RetryOptions{}, concurrent.RetryOptions{})
		},
	})
}
