package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// countUp yields 0, 1, … n-1, then returns err.
func countUp(n int, err error) func(context.Context, func(int) error) error {
	return func(_ context.Context, yield func(int) error) error {
		for i := range n {
			if err := yield(i); err != nil {
				return err
			}
		}
		return err
	}
}

// drain ranges over a sequence and returns what it yielded.
func drain(seq func(func(int, error) bool)) (vs []int, errs []error) {
	for v, err := range seq {
		if err != nil {
			errs = append(errs, err)
		} else {
			vs = append(vs, v)
		}
	}
	return vs, errs
}

func TestGenerate(t *testing.T) {
	upTo := func(n int) []int {
		return slices.Collect(func(yield func(int) bool) { countUp(n, nil)(nil, func(i int) error { yield(i); return nil }) })
	}
	for _, buffer := range []int{0, 1, 7} {
		opts := concurrent.GenerateOptions{Buffer: buffer}
		bubble(t, fmt.Sprintf("buffer %d", buffer), func(t *testing.T) {
			for _, n := range []int{0, 1, 5, 100} {
				seq := concurrent.Generate(t.Context(), countUp(n, nil), opts)
				for range 2 { // again is anew
					vs, errs := drain(seq)
					assert.Equal(t, upTo(n), vs)
					assert.Nil(t, errs)
				}
				vs, errs := drain(concurrent.Generate(t.Context(), countUp(n, errA), opts))
				assert.Equal(t, upTo(n), vs)
				assert.Equal(t, []error{errA}, errs)
			}
		})
		bubble(t, fmt.Sprintf("ahead with buffer %d", buffer), func(t *testing.T) {
			var yielded atomic.Int32
			seq := concurrent.Generate(t.Context(), func(_ context.Context, yield func(int) error) error {
				for i := range 100 {
					if err := yield(i); err != nil {
						return err
					}
					yielded.Add(1)
				}
				return nil
			}, opts)
			for i := range seq {
				synctest.Wait()
				assert.Equal(t, buffer, int(yielded.Load())-(i+1), "ahead")
				if i == 20 {
					break
				}
			}
		})
	}
	bubble(t, "nothing runs before the range", func(t *testing.T) {
		concurrent.Generate(t.Context(), func(context.Context, func(int) error) error { panic("called") })
		synctest.Wait()
	})
	bubble(t, "the producer works while the loop does", func(t *testing.T) {
		start := time.Now()
		for range concurrent.Generate(t.Context(), func(_ context.Context, yield func(int) error) error {
			for i := range 10 {
				time.Sleep(time.Second)
				yield(i)
			}
			return nil
		}) {
			time.Sleep(time.Second)
		}
		assert.Equal(t, 11*time.Second, time.Since(start))
	})
	bubble(t, "from several goroutines", func(t *testing.T) {
		vs, errs := drain(concurrent.Generate(t.Context(), func(_ context.Context, yield func(int) error) error {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for i := range 100 {
						yield(i)
					}
				})
			}
			wg.Wait()
			return nil
		}))
		assert.Len(t, vs, 800)
		assert.Nil(t, errs)
	})
}

func TestGenerateLeave(t *testing.T) {
	// cleaning yields until the loop is left, then cleans up for a second.
	cleaning := func(t *testing.T, cleaned *bool, result error) func(context.Context, func(int) error) error {
		return func(ctx context.Context, yield func(int) error) error {
			for i := 0; ; i++ {
				if err := yield(i); err != nil {
					assert.ErrorIs(t, err, context.Canceled, "yield")
					assert.Equal(t, context.Cause(ctx), err, "yield")
					assert.Error(t, yield(i), "an element was taken after the loop was left")
					time.Sleep(time.Second)
					*cleaned = true
					if result != nil {
						return result
					}
					return err
				}
			}
		}
	}
	for name, leave := range map[string]func(){
		"break": func() {}, "panic": explode, "goexit": goexit,
	} {
		bubble(t, name, func(t *testing.T) {
			cleaned := false
			done := make(chan any)
			go func() {
				defer func() {
					v := recover()
					assert.True(t, cleaned, "the loop was left before the producer had ended")
					done <- v
				}()
				for i := range concurrent.Generate(t.Context(), cleaning(t, &cleaned, nil)) {
					if i == 3 {
						leave()
						break
					}
				}
			}()
			assert.Equal(t, name == "panic", <-done == any(errA), "recovered")
		})
	}
	bubble(t, "an error of the clean-up goes to the hook", func(t *testing.T) {
		failures := hooked(t)
		for _, result := range []error{nil, errUnseen} {
			cleaned := false
			for range concurrent.Generate(t.Context(), cleaning(t, &cleaned, result)) {
				break
			}
		}
		f := <-failures
		assert.Equal(t, errUnseen, f.Err)
		assert.NotEmpty(t, f.Name)
		assert.Empty(t, failures)
	})
	bubble(t, "that the context ended is no failure", func(t *testing.T) {
		old := concurrent.SetFailureHook(func(f concurrent.Failure) {
			if errors.Is(f.Err, context.Canceled) {
				assert.NotContains(t, f.Name, ".cleaning.")
			}
		})
		t.Cleanup(func() { concurrent.SetFailureHook(old) })
		cleaned := false
		for range concurrent.Generate(t.Context(), cleaning(t, &cleaned, nil)) {
			break
		}
	})
	bubble(t, "an error before the last element is taken", func(t *testing.T) {
		// It was on its way when the loop was left: the hook gets it too.
		failures := hooked(t)
		for range concurrent.Generate(t.Context(), countUp(3, errUnseen), concurrent.GenerateOptions{Buffer: 3}) {
			synctest.Wait()
			break
		}
		assert.Equal(t, errUnseen, (<-failures).Err, "told of")
	})
	bubble(t, "at the error", func(t *testing.T) {
		failures := hooked(t)
		for _, err := range concurrent.Generate(t.Context(), countUp(0, errUnseen)) {
			if err == errUnseen {
				break
			}
		}
		assert.Empty(t, failures, "told of")
	})
}

func TestGenerateContext(t *testing.T) {
	bubble(t, "done on entry", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errA)
		vs, errs := drain(concurrent.Generate(ctx, func(context.Context, func(int) error) error { panic("called") }))
		assert.Nil(t, vs)
		assert.Equal(t, []error{errA}, errs)
	})
	for name, ignore := range map[string]bool{"ends": false, "ends and is ignored": true} {
		bubble(t, name, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second/2, errB)
			defer cancel()
			vs, errs := drain(concurrent.Generate(ctx, func(ctx context.Context, yield func(int) error) error {
				for i := range 5 {
					time.Sleep(time.Second)
					if err := yield(i); err != nil && !ignore {
						return err
					}
				}
				return nil
			}))
			assert.Equal(t, []int{0, 1}, vs)
			assert.Equal(t, []error{errB}, errs)
		})
	}
	bubble(t, "ends while an element waits", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var errs []error
		for i, err := range concurrent.Generate(ctx, countUp(10, nil)) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if i == 3 {
				synctest.Wait()
				cancel(errB)
				synctest.Wait()
			}
			assert.LessOrEqual(t, i, 3, "after the end")
		}
		assert.Equal(t, []error{errB}, errs)
	})
	bubble(t, "elements that were taken come first", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var vs []int
		var last error
		for v, err := range concurrent.Generate(ctx, countUp(10, nil), concurrent.GenerateOptions{Buffer: 3}) {
			if last = err; err != nil {
				break
			}
			if vs = append(vs, v); v == 0 {
				synctest.Wait()
				cancel(errB)
				synctest.Wait()
			}
		}
		assert.Equal(t, []int{0, 1, 2, 3}, vs)
		assert.Equal(t, errB, last)
	})
	bubble(t, "ends after all is done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		vs, errs := drain(concurrent.Generate(ctx, func(_ context.Context, yield func(int) error) error {
			err := yield(1)
			cancel()
			return err
		}))
		assert.Equal(t, []int{1}, vs)
		assert.Nil(t, errs)
	})
}

func TestGeneratePanic(t *testing.T) {
	failing := func(fail func()) func(context.Context, func(int) error) error {
		return func(_ context.Context, yield func(int) error) error { yield(1); fail(); return nil }
	}
	bubble(t, "after its elements", func(t *testing.T) {
		var vs []int
		pe := caught(t, func() {
			for v, err := range concurrent.Generate(t.Context(), failing(explode)) {
				vs = append(vs, v)
				assert.NoError(t, err)
			}
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
		assert.Equal(t, []int{1}, vs)
	})
	bubble(t, "when the loop is left", func(t *testing.T) {
		pe := caught(t, func() {
			for range concurrent.Generate(t.Context(), failing(explode)) {
				break
			}
		})
		require.NotNil(t, pe)
		assert.Equal(t, errA, pe.Value)
	})
	bubble(t, "goexit", func(t *testing.T) {
		assert.True(t, exited(func() { drain(concurrent.Generate(t.Context(), failing(runtime.Goexit))) }), "the goroutine went on")
	})
}

func TestGenerateMisuse(t *testing.T) {
	mustPanic(t, map[string]func(){
		"Generate of a nil function": func() { concurrent.Generate[int](t.Context(), nil) },
		"Generate: Buffer is -1": func() {
			concurrent.Generate(t.Context(), countUp(1, nil), concurrent.GenerateOptions{Buffer: -1})
		},
	})
}

// oneTwo has a method that is a producer.
type oneTwo time.Duration

func (d oneTwo) each(ctx context.Context, yield func(int) error) error {
	return errors.Join(yield(1), pause(ctx, time.Duration(d)), yield(2))
}

// The behaviours of asynchronous generators that carry over: not those of asend and
// athrow, nor of calling __anext__ by hand.
func TestConformanceGenerate(t *testing.T) {
	const syncPrefix, prefix = "test_asyncgen/AsyncGenTest/", "test_asyncgen/AsyncGenAsyncioTest/"
	const cs = 10 * time.Millisecond
	type yield = func(int) error
	steps := func(d time.Duration, fail error, vs ...int) func(context.Context, yield) error {
		return func(ctx context.Context, yield yield) error {
			for _, v := range vs {
				if err := errors.Join(pause(ctx, d), yield(v)); err != nil {
					return err
				}
			}
			return fail
		}
	}
	for _, c := range []struct {
		name string
		f    func(context.Context, yield) error
		want []int
		err  error
	}{
		{syncPrefix + "test_async_gen_iteration_01", steps(cs, nil, 123, 456, 789), []int{123, 456, 789}, nil},
		{syncPrefix + "test_async_gen_iteration_02", steps(cs, nil, 123), []int{123}, nil},
		{syncPrefix + "test_async_gen_exception_03", steps(cs, errA, 123), []int{123}, errA},
		{syncPrefix + "test_async_gen_exception_04", steps(cs, errA, 123), []int{123}, errA},
		{syncPrefix + "test_async_gen_exception_07", func(ctx context.Context, yield yield) error {
			return errors.Join(yield(1), errA, yield(2), yield(3))
		}, []int{1, 2, 3}, errA},
		{syncPrefix + "test_async_gen_exception_08", func(ctx context.Context, yield yield) error {
			return errors.Join(steps(cs, nil, 1)(ctx, yield), steps(cs, errA, 2)(ctx, yield))
		}, []int{1, 2}, errA},
		{prefix + "test_async_gen_asyncio_01", steps(cs, nil, 1, 2), []int{1, 2}, nil},
		{prefix + "test_async_gen_asyncio_02", steps(cs, errA, 1, 2), []int{1, 2}, errA},
		{prefix + "test_async_gen_asyncio_03", oneTwo(cs).each, []int{1, 2}, nil},
		{prefix + "test_async_gen_aiter", steps(0, nil, 1, 2), []int{1, 2}, nil},
		{prefix + "test_async_gen_aclose_after_exhaustion", steps(0, nil, 1, 2), []int{1, 2}, nil},
		{prefix + "test_async_gen_expression_01", func(ctx context.Context, yield yield) error {
			for v, err := range concurrent.Generate(ctx, steps(cs, nil, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)) {
				if err := errors.Join(err, yield(2*v)); err != nil {
					return err
				}
			}
			return nil
		}, []int{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}, nil},
	} {
		bubble(t, c.name, func(t *testing.T) {
			vs, errs := drain(concurrent.Generate(t.Context(), c.f))
			assert.Equal(t, c.want, vs)
			assert.ErrorIs(t, errors.Join(errs...), c.err)
			assert.LessOrEqual(t, len(errs), 1)
		})
	}
	// closing: the loop takes one element and is left.
	type closing struct {
		name string
		f    func(ctx context.Context, yield yield, done *int) error
		done int
	}
	for _, c := range []closing{
		{"test_async_gen_asyncio_aclose_07", func(_ context.Context, yield yield, done *int) error {
			defer func() { time.Sleep(2 * cs); *done++ }()
			if err := errors.Join(yield(1), yield(2)); err != nil {
				return err
			}
			*done += 1000
			return nil
		}, 1},
		{"test_async_gen_asyncio_aclose_08", func(ctx context.Context, yield yield, done *int) error {
			defer func() { time.Sleep(2 * cs); *done++ }()
			if err := errors.Join(yield(1), pause(ctx, time.Hour)); err != nil {
				return err
			}
			*done += 1000
			return yield(2)
		}, 1},
		{"test_async_gen_asyncio_aclose_10", func(_ context.Context, yield yield, done *int) error {
			yield(1)
			yield(2) // an error that is not heeded
			*done = 1
			return nil
		}, 1},
		{"test_async_gen_asyncio_aclose_12", func(ctx context.Context, yield yield, done *int) error {
			task := concurrent.Go(context.WithoutCancel(ctx), func(context.Context) (int, error) { time.Sleep(cs); return 0, errA })
			err := errors.Join(yield(1), yield(2))
			if task.Err(context.WithoutCancel(ctx)) == errA {
				*done = 1
			}
			return err
		}, 1},
	} {
		bubble(t, prefix+c.name, func(t *testing.T) {
			done := 0
			for v, err := range concurrent.Generate(t.Context(), func(ctx context.Context, yield yield) error { return c.f(ctx, yield, &done) }) {
				assert.Equal(t, 1, v)
				assert.NoError(t, err)
				break
			}
			assert.Equal(t, c.done, done, "done")
		})
	}
	// Python's generator that yields again is told that it must not; ours is refused.
	bubble(t, "yields after the loop was left", func(t *testing.T) {
		done := 0
		for range concurrent.Generate(t.Context(), func(_ context.Context, yield yield) error {
			err := yield(1)
			if yield(2) != nil && yield(3) != nil {
				done++
			}
			return err
		}) {
			break
		}
		assert.Equal(t, 1, done, "done")
	})
	bubble(t, prefix+"test_async_gen_asyncio_shutdown_02", func(t *testing.T) {
		var told atomic.Int32
		old := concurrent.SetFailureHook(func(f concurrent.Failure) {
			if strings.Contains(f.Name, "TestConformanceGenerate") {
				told.Add(1)
			}
		})
		t.Cleanup(func() { concurrent.SetFailureHook(old) })
		for v, err := range concurrent.Generate(t.Context(), func(_ context.Context, yield yield) error {
			return errors.Join(yield(1), yield(2))
		}) {
			assert.Equal(t, 1, v)
			assert.NoError(t, err)
			break
		}
		assert.Zero(t, told.Load(), "failures told of")
	})
	for _, name := range []string{"test_async_gen_asyncio_shutdown_exception_01", "test_async_gen_asyncio_shutdown_exception_02"} {
		bubble(t, prefix+name, func(t *testing.T) {
			failures := hooked(t)
			for range concurrent.Generate(t.Context(), func(_ context.Context, yield yield) error {
				if errors.Join(yield(1), yield(2)) != nil {
					return errUnseen
				}
				return nil
			}) {
				break
			}
			f := <-failures
			assert.Equal(t, errUnseen, f.Err, "told of")
			assert.Contains(t, f.Name, "TestConformanceGenerate", "whose failure")
		})
	}
	bubble(t, prefix+"test_async_gen_asyncio_shutdown_01", func(t *testing.T) {
		var finalized atomic.Int32
		wait := func(ctx context.Context) (int, error) {
			_, errs := drain(concurrent.Generate(ctx, func(ctx context.Context, yield yield) error {
				defer finalized.Add(1)
				return errors.Join(pause(ctx, time.Second), yield(1))
			}))
			return 0, errors.Join(errs...)
		}
		a, b := concurrent.Go(t.Context(), wait), concurrent.Go(t.Context(), wait)
		time.Sleep(10 * cs)
		a.Cancel(nil)
		b.Cancel(nil)
		a.Err(t.Context())
		b.Err(t.Context())
		assert.Equal(t, concurrent.Canceled, a.State())
		assert.Equal(t, concurrent.Canceled, b.State())
		assert.Equal(t, int32(2), finalized.Load())
	})
}
