package concurrent_test

import (
	"context"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// after returns a future that ends in so many seconds, with err.
func after(seconds int, err error) *concurrent.Future[int] {
	return concurrent.Go(background, func(context.Context) (int, error) {
		time.Sleep(time.Duration(seconds) * time.Second)
		return seconds, err
	})
}

func TestWait(t *testing.T) {
	type futures = []*concurrent.Future[int]
	cases := []struct {
		name  string
		until concurrent.When
		fs    func() futures
		after int   // seconds
		done  []int // indices
	}{
		{"nothing", concurrent.AllCompleted, func() futures { return nil }, 0, nil},
		{"nothing, first", concurrent.FirstCompleted, func() futures { return nil }, 0, nil},
		{"all", concurrent.AllCompleted, func() futures { return futures{after(3, nil), after(1, io.EOF), after(2, nil)} }, 3, []int{0, 1, 2}},
		{"all done before", concurrent.AllCompleted, func() futures { return futures{resolvedFuture(1), canceledFuture()} }, 0, []int{0, 1}},
		{"all, one done before", concurrent.AllCompleted, func() futures { return futures{resolvedFuture(1), after(1, nil)} }, 1, []int{0, 1}},
		{"first", concurrent.FirstCompleted, func() futures { return futures{after(3, nil), after(1, nil), after(2, nil)} }, 1, []int{1}},
		{"first, done before", concurrent.FirstCompleted, func() futures { return futures{after(3, nil), resolvedFuture(1)} }, 0, []int{1}},
		{"first, canceled", concurrent.FirstCompleted, func() futures { return futures{after(3, nil), canceledFuture()} }, 0, []int{1}},
		{"exception", concurrent.FirstError, func() futures { return futures{after(3, nil), after(1, nil), after(2, io.EOF)} }, 2, []int{1, 2}},
		{"exception, none", concurrent.FirstError, func() futures { return futures{after(3, nil), after(1, nil)} }, 3, []int{0, 1}},
		{"exception, canceled", concurrent.FirstError, func() futures { return futures{after(3, nil), canceledFuture()} }, 3, []int{0, 1}},
		{"exception, before", concurrent.FirstError, func() futures { return futures{after(3, nil), failedFuture(io.EOF)} }, 0, []int{1}},
	}
	for _, c := range cases {
		bubble(t, c.name, func(t *testing.T) {
			start, fs := time.Now(), c.fs()
			done, pending, err := concurrent.Wait(background, c.until, fs...)
			assert.NoError(t, err)
			assert.Equal(t, time.Duration(c.after)*time.Second, time.Since(start))
			var wantDone, wantPending futures
			for i, f := range fs {
				if slices.Contains(c.done, i) {
					wantDone = append(wantDone, f)
				} else {
					wantPending = append(wantPending, f)
				}
			}
			assert.True(t, slices.Equal(wantDone, done), "done: %d futures, want %d", len(done), len(wantDone))
			assert.True(t, slices.Equal(wantPending, pending), "pending: %d futures, want %d", len(pending), len(wantPending))
			concurrent.Wait(background, concurrent.AllCompleted, fs...)
		})
	}
	bubble(t, "context", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		fs := futures{resolvedFuture(1), after(2, nil)}
		for range 2 { // the second time it is done on entry
			done, pending, err := concurrent.Wait(ctx, concurrent.AllCompleted, fs...)
			assert.Equal(t, errWhy, err)
			assert.True(t, slices.Equal(fs[:1], done), "done: %d futures, want 1", len(done))
			assert.True(t, slices.Equal(fs[1:], pending), "pending: %d futures, want %d", len(pending), len(fs)-1)
		}
		concurrent.Wait(background, concurrent.AllCompleted, fs...)
	})
	misuse(t, "Wait", func() { concurrent.Wait[int](background, 3) })
	misuse(t, "Wait", func() { concurrent.Wait[int](background, -1) })
}

// What was given up leaves nothing with the futures.
func TestWaitForgets(t *testing.T) {
	f := pendingFuture()
	next := func(_ context.Context, v int) (int, error) { return v, nil }
	cases := map[string]func(){
		"Wait": func() {
			concurrent.Wait(&trap{Context: background, do: func() {}}, concurrent.AllCompleted, f)
		},
		"AsCompleted": func() {
			for range concurrent.AsCompleted(background, f, resolvedFuture(1)) {
				return
			}
		},
		"Then":   func() { concurrent.Then(background, f, next).Cancel(nil) },
		"OnDone": func() { f.OnDone(func() {})() },
	}
	for name, call := range cases {
		t.Run(name, func(t *testing.T) { forgets(t, func(int) { call() }) })
	}
	runtime.KeepAlive(f)
}

// forgets checks that many calls leave no memory in use.
func forgets(t *testing.T, call func(i int)) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 10_000 {
		call(i)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.LessOrEqual(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(300_000), "bytes left by 10,000 calls")
}

// Waiting does not count as looking.
func TestWaitDoesNotLook(t *testing.T) {
	failures := hooked(t)
	concurrent.Wait(background, concurrent.AllCompleted, failedFuture(errUnseen))
	for range concurrent.AsCompleted(background, failedFuture(errUnseen)) {
	}
	for range 2 {
		assert.Equal(t, errUnseen, collected(t, failures).Err)
	}
}

func TestAsCompleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := []*concurrent.Future[int]{after(3, nil), resolvedFuture(0), after(1, io.EOF), canceledFuture(), after(2, nil), after(9, nil)}
		fs = append(fs, fs[4]) // given twice
		start := time.Now()
		order := func(ctx context.Context, n int) (got []int) {
			for i, f := range concurrent.AsCompleted(ctx, fs...) {
				assert.Same(t, fs[i], f, "future %d", i)
				assert.GreaterOrEqual(t, f.State(), concurrent.Done, "future %d", i)
				got = append(got, i)
				if len(got) == n {
					break
				}
			}
			return got
		}
		// Leaving it at every place.
		for n := 1; n <= 2; n++ {
			assert.Equal(t, []int{1, 3}[:n], order(background, n))
		}
		ctx, cancel := context.WithTimeout(background, 5*time.Second)
		defer cancel()
		assert.Equal(t, []int{1, 3, 2, 4, 6, 0}, order(ctx, -1))
		assert.Equal(t, 5*time.Second, time.Since(start))
		assert.Nil(t, order(ctx, -1), "with a context that is done")
		assert.Equal(t, len(fs), len(order(background, -1)))
	})
}

// Futures that have ended are yielded, though the context has as well.
func TestAsCompletedSuccessWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 50 {
			ctx, cancel := context.WithCancel(background)
			n := 0
			for range concurrent.AsCompleted(ctx, resolvedFuture(1), resolvedFuture(2), pendingFuture(), resolvedFuture(3)) {
				n++
				cancel()
			}
			cancel()
			require.Equal(t, 3, n)
		}
	})
}

func TestThen(t *testing.T) {
	double := func(_ context.Context, v int) (float64, error) { return float64(2 * v), nil }
	bubble(t, "success", func(t *testing.T) {
		mustEnd(t, concurrent.Then(background, after(1, nil), double), concurrent.Done, 2, nil)
		mustEnd(t, concurrent.Then(background, resolvedFuture(4), double), concurrent.Done, 8, nil)
		twice := concurrent.Then(background, concurrent.Then(background, after(1, nil), double),
			func(_ context.Context, v float64) (int, error) { return int(v) + 1, io.EOF })
		mustEnd(t, twice, concurrent.Done, 3, io.EOF)
	})
	bubble(t, "failure", func(t *testing.T) {
		never := func(context.Context, int) (int, error) { assert.Fail(t, "called"); return 0, nil }
		mustEnd(t, concurrent.Then(background, after(1, io.EOF), never), concurrent.Done, 0, io.EOF)
		mustEnd(t, concurrent.Then(background, failedFuture(io.EOF), never), concurrent.Done, 0, io.EOF)
		mustEnd(t, concurrent.Then(background, canceledFuture(), never), concurrent.Canceled, 0, errWhy)
		f := concurrent.Go(background, func(context.Context) (int, error) { return explodeEOF() })
		assert.IsType(t, &concurrent.PanicError{}, concurrent.Then(background, f, never).Err(background))
	})
	bubble(t, "cancel", func(t *testing.T) {
		never := func(context.Context, int) (int, error) { assert.Fail(t, "called"); return 0, nil }
		from := after(2, nil)
		derived := concurrent.Then(background, from, never)
		assert.True(t, derived.Cancel(errWhy), "Cancel")
		mustEnd(t, derived, concurrent.Canceled, 0, errWhy)
		assert.NotEqual(t, concurrent.Canceled, from.State(), "the cancellation does not reach the first future")
		// With the context, before the first future has ended.
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		start := time.Now()
		mustEnd(t, concurrent.Then(ctx, from, never), concurrent.Canceled, 0, errWhy)
		assert.Equal(t, time.Second, time.Since(start))
		mustEnd(t, concurrent.Then(ctx, from, never), concurrent.Canceled, 0, errWhy)
		mustEnd(t, from, concurrent.Done, 2, nil)
		// While next runs.
		derived = concurrent.Then(background, from, func(ctx context.Context, v int) (int, error) {
			<-ctx.Done()
			return v, context.Cause(ctx)
		})
		synctest.Wait()
		derived.Cancel(errWhy)
		mustEnd(t, derived, concurrent.Canceled, 2, errWhy)
	})
	misuse(t, "Then", func() { concurrent.Then[int, int](background, pendingFuture(), nil) })
}

// A failure that was handed on is reported once, and only if nobody looks at
// where it went.
func TestThenLooks(t *testing.T) {
	failures := hooked(t)
	next := func(_ context.Context, v int) (int, error) { return v, nil }
	concurrent.Then(background, failedFuture(errUnseen), next).Err(background)
	concurrent.Then(background, concurrent.Go(background, failUnseen), next)
	f := collected(t, failures)
	assert.Equal(t, errUnseen, f.Err)
	assert.NotEmpty(t, f.Name)
	failedFuture(errMarker)
	assert.Equal(t, errMarker, collected(t, failures).Err, "the next failure")
}
