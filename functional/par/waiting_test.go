package par_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/functional/try"
)

// In these tests time is that of a synctest bubble: it passes only while every
// goroutine waits in a way that only another of the bubble can end. A wait that
// is not durable hangs them.

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestSlowItemsUseAllWorkers(t *testing.T) {
	for name, run := range operators {
		for _, n := range []int{2, 5, 8, 16} {
			for _, options := range []par.Options{{Workers: 8}, {Workers: 8, Chunk: 1}} {
				if name == "MapSeq unordered" && options.Chunk == 0 {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					require.NoError(t, run(t.Context(), n, func(ctx context.Context, _ int) error {
						return sleep(ctx, time.Second)
					}, options))
					rounds := time.Duration(n+7) / 8
					require.Equal(t, rounds*time.Second, time.Since(start), "%s of %d items, %+v", name, n, options)
				})
			}
		}
	}
}

func TestSlowFirstItemHoldsNothingUp(t *testing.T) {
	for name, run := range operators {
		for _, chunk := range []int{0, 1} {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var others, meanwhile atomic.Int64
				require.NoError(t, run(t.Context(), 1000, func(ctx context.Context, i int) error {
					if i > 0 {
						others.Add(1)
						return nil
					}
					err := sleep(ctx, time.Second)
					meanwhile.Store(others.Load())
					return err
				}, par.Options{Workers: 2, Chunk: chunk}))
				if name != "MapSeq" { // its window is full
					require.EqualValues(t, 999, meanwhile.Load(), name)
				}
				require.Equal(t, time.Second, time.Since(start), name)
			})
		}
	}
}

// TestItemsThatWaitForEachOther needs as many workers as there are items.
func TestItemsThatWaitForEachOther(t *testing.T) {
	for name, run := range operators {
		for _, options := range []par.Options{{Workers: 10}, {Workers: 10, Chunk: 1}} {
			synctest.Test(t, func(t *testing.T) {
				var arrived atomic.Int64
				all := make(chan struct{})
				require.NoError(t, run(t.Context(), 10, func(context.Context, int) error {
					if arrived.Add(1) == 10 {
						close(all)
					}
					<-all
					return nil
				}, options), name)
			})
		}
	}
}

// TestFailureFreesThoseWhoWait lets items below the failing one wait for their
// context.
func TestFailureFreesThoseWhoWait(t *testing.T) {
	bad := errors.New("bad")
	for name, run := range operators {
		synctest.Test(t, func(t *testing.T) {
			err := run(t.Context(), 100, func(ctx context.Context, i int) error {
				if i == 5 {
					return bad
				}
				<-ctx.Done()
				return context.Cause(ctx)
			}, par.Options{Workers: 8, Chunk: 1})
			require.Equal(t, &functional.IndexError{Index: 5, Err: bad}, err, name)
		})
	}
}

// TestHelperGoexit ends a goroutine that is not the caller's while the caller
// waits for its context.
func TestHelperGoexit(t *testing.T) {
	for name, run := range operators {
		for _, options := range []par.Options{{Workers: 2, Chunk: 1}, {Workers: 2, Chunk: 1, AllErrors: true}} {
			synctest.Test(t, func(t *testing.T) {
				returned := make(chan error, 1) // closed without one by a Goexit
				go func() {
					defer close(returned)
					returned <- run(t.Context(), 2, func(ctx context.Context, i int) error {
						if i == 1 {
							runtime.Goexit()
						}
						<-ctx.Done()
						return nil
					}, options)
				}()
				err, ok := <-returned
				require.False(t, ok, "%s returned %v", name, err)
			})
		}
	}
}

// TestAllErrorsAreSorted lets the last item fail first.
func TestAllErrorsAreSorted(t *testing.T) {
	for name, run := range operators {
		if name == "MapSeq unordered" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			err := run(t.Context(), 8, func(ctx context.Context, i int) error {
				time.Sleep(time.Duration(8-i) * time.Second)
				return fmt.Errorf("%d", i)
			}, par.Options{Workers: 8, AllErrors: true})
			require.EqualError(t, err, "element 0: 0\nelement 1: 1\nelement 2: 2\nelement 3: 3\nelement 4: 4\nelement 5: 5\nelement 6: 6\nelement 7: 7", name)
		})
	}
}

func TestDeadlineFreesThoseWhoWait(t *testing.T) {
	for name, run := range operators {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := run(ctx, 100, func(ctx context.Context, i int) error {
				ctx, cancel := context.WithCancel(ctx) // a grandchild hears of it too
				defer cancel()
				<-ctx.Done()
				return ctx.Err()
			}, par.Options{Workers: 8})
			require.Equal(t, context.DeadlineExceeded, err, name)
		})
	}
}

func TestSeqIsLazy(t *testing.T) {
	touched := false
	seq := par.MapSeq(t.Context(), func(func(int) bool) { touched = true }, functional.Lift(func(i int) int { return i }))
	require.False(t, touched)
	for range seq {
	}
	require.True(t, touched)
}

// TestSeqWindow counts what has been read and not been yielded at every moment
// at which it can be at its highest.
func TestSeqWindow(t *testing.T) {
	for _, options := range []par.Options{
		{Workers: 4}, {Workers: 4, Window: 1}, {Workers: 4, Window: 3}, {Workers: 4, Window: 20},
		{Workers: 4, Window: 6, Chunk: 4}, {Workers: 4, Window: 5, Unordered: true}, {Workers: 1, Window: 9},
	} {
		synctest.Test(t, func(t *testing.T) {
			window := options.Window
			if window == 0 {
				window = 8
			}
			var read, yielded atomic.Int64
			most := int64(0)
			input := func(yield func(int) bool) {
				for i := range 200 {
					most = max(most, read.Add(1)-yielded.Load())
					if !yield(i) {
						return
					}
				}
			}
			for range par.MapSeq(t.Context(), input, func(ctx context.Context, i int) (int, error) {
				return i, sleep(ctx, time.Duration(i*i%5)*time.Millisecond)
			}, options) {
				if yielded.Add(1)%10 == 0 {
					time.Sleep(20 * time.Millisecond) // let the window fill
				}
			}
			require.EqualValues(t, 200, yielded.Load())
			require.LessOrEqual(t, most, int64(window), "%+v", options)
			if options.Workers > 1 {
				require.EqualValues(t, window, most, "%+v: the window was not used", options)
			}
		})
	}
}

// TestSeqYieldsWhileInputBlocks wants each result before the next item is there.
func TestSeqYieldsWhileInputBlocks(t *testing.T) {
	for _, options := range []par.Options{{Workers: 1}, {Workers: 4}, {Workers: 4, Chunk: 3}, {Workers: 4, Unordered: true}} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			input := func(yield func(int) bool) {
				for i := range 5 {
					time.Sleep(time.Second)
					if !yield(i) {
						return
					}
				}
			}
			want := 0
			for i, err := range par.MapSeq(t.Context(), input, functional.Lift(func(i int) int { return i }), options) {
				require.NoError(t, err)
				require.Equal(t, want, i)
				want++
				require.Equal(t, time.Duration(want)*time.Second, time.Since(start), "%+v", options)
			}
		})
	}
}

func TestSeqOrder(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			slowFirst := func(ctx context.Context, i int) (int, error) {
				return i, sleep(ctx, time.Duration(4-i)*time.Second)
			}
			got, err := try.Collect(par.MapSeq(t.Context(), laws.Count(4), slowFirst, par.Options{Workers: 4, Unordered: unordered}))
			require.NoError(t, err)
			if unordered {
				slices.Reverse(got)
			}
			require.Equal(t, laws.Numbers(4), got)
			require.Equal(t, 4*time.Second, time.Since(start))
		})
	}
}

// TestSeqBreak leaves the loop in each possible way while items are running, and
// wants them canceled and gone.
func TestSeqBreak(t *testing.T) {
	for _, workers := range []int{1, 4} {
		ways := map[string]func(consume func(body func() bool)){
			"break": func(consume func(func() bool)) { consume(func() bool { return false }) },
			"panic": func(consume func(func() bool)) {
				defer func() { require.Equal(t, "the body's own", recover()) }()
				consume(func() bool { panic("the body's own") })
			},
		}
		for name, leave := range ways {
			synctest.Test(t, func(t *testing.T) {
				var active, read atomic.Int64
				start := time.Now()
				leave(func(body func() bool) {
					for range par.MapSeq(t.Context(), func(yield func(int) bool) {
						for i := range 100 {
							read.Add(1)
							if !yield(i) {
								return
							}
						}
					}, func(ctx context.Context, i int) (int, error) {
						active.Add(1)
						defer active.Add(-1)
						return i, sleep(ctx, time.Duration(i)*time.Hour)
					}, par.Options{Workers: workers}) {
						if !body() {
							break
						}
					}
				})
				require.Zero(t, active.Load(), name)
				require.LessOrEqual(t, read.Load(), int64(2*workers))
				require.Zero(t, time.Since(start))
			})
		}
	}
}

// TestSeqGoexitInBody does what t.FailNow does in the body of a loop.
func TestSeqGoexitInBody(t *testing.T) {
	for _, workers := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			var active atomic.Int64
			ended := make(chan bool)
			go func() {
				defer close(ended)
				for range par.MapSeq(t.Context(), laws.Count(100), func(ctx context.Context, i int) (int, error) {
					active.Add(1)
					defer active.Add(-1)
					return i, sleep(ctx, time.Duration(i)*time.Hour)
				}, par.Options{Workers: workers}) {
					runtime.Goexit()
				}
			}()
			<-ended
			require.Zero(t, active.Load())
		})
	}
}

// TestSeqErrorComesBeforeTheInput wants an error while the input still blocks,
// so that the loop can do something about the input.
func TestSeqErrorComesBeforeTheInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad")
		more := make(chan int, 1)
		more <- 0
		seen := false
		for _, err := range par.MapSeq(t.Context(), func(yield func(int) bool) {
			for i := range more {
				if !yield(i) {
					return
				}
			}
		}, func(context.Context, int) (int, error) { return 0, bad }, par.Options{Workers: 4}) {
			require.Equal(t, &functional.IndexError{Index: 0, Err: bad}, err)
			require.False(t, seen, "a second error")
			seen = true
			close(more)
		}
		require.True(t, seen)
	})
}

// TestSeqErrorComesBeforeLaterItems lets a later item run on.
func TestSeqErrorComesBeforeLaterItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad")
		start := time.Now()
		begun := make(chan bool)
		for _, err := range par.MapSeq(t.Context(), laws.Count(2), func(_ context.Context, i int) (int, error) {
			if i == 1 {
				close(begun)
				time.Sleep(time.Hour)
			}
			<-begun
			return 0, bad
		}, par.Options{Workers: 4}) {
			require.Equal(t, &functional.IndexError{Index: 0, Err: bad}, err)
			require.Zero(t, time.Since(start))
		}
		require.Equal(t, time.Hour, time.Since(start), "the loop was over before its items")
	})
}

// TestSeqIdleWorkersAreAsManyAsTheyAre gives two items to one idle worker.
func TestSeqIdleWorkersAreAsManyAsTheyAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		input := func(yield func(int) bool) {
			if !yield(0) {
				return
			}
			synctest.Wait()
			for i := 1; i < 3 && yield(i); i++ {
			}
		}
		met := make(chan bool)
		got, err := try.Collect(par.MapSeq(t.Context(), input, func(_ context.Context, i int) (int, error) {
			switch i {
			case 1:
				met <- true
			case 2:
				<-met
			}
			return i, nil
		}, par.Options{Workers: 2}))
		require.NoError(t, err)
		require.Equal(t, laws.Numbers(3), got)
	})
}

// TestSeqContextEndsWhileInputBlocks wants the cause at once, although the input
// has still to be waited for.
func TestSeqContextEndsWhileInputBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		input := func(yield func(int) bool) {
			_ = yield(0) && yield(1)
			time.Sleep(time.Hour)
		}
		var times []time.Duration
		for range par.MapSeq(ctx, input, functional.Lift(func(i int) int { return i }), par.Options{Workers: 4}) {
			times = append(times, time.Since(start))
		}
		require.Equal(t, []time.Duration{0, 0, time.Minute}, times)
		require.Equal(t, time.Hour, time.Since(start))
	})
}

// TestSeqContextEndsInBody ends it when the last element that was read is, or is
// not, known to be the last there is.
func TestSeqContextEndsInBody(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			window := 3
			if !known {
				window = 2 // the second element is read, the end is not
			}
			var got []int
			var last error
			for i, err := range par.MapSeq(ctx, laws.Count(2), functional.Lift(func(i int) int { return i + 1 }), par.Options{Workers: 2, Window: window}) {
				synctest.Wait()
				cancel()
				synctest.Wait()
				got = append(got, i)
				last = err
			}
			if known {
				require.Equal(t, []int{1, 2}, got)
				require.NoError(t, last)
			} else {
				require.Equal(t, []int{1, 2, 0}, got)
				require.Equal(t, context.Canceled, last)
			}
		})
	}
}

// TestSeqResultsBeforeError computes later items first.
func TestSeqResultsBeforeError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad")
		got, err := try.Collect(par.MapSeq(t.Context(), laws.Count(10), func(_ context.Context, i int) (int, error) {
			time.Sleep(time.Duration(10-i) * time.Second) // does not look at its context
			if i >= 3 {
				return 0, bad
			}
			return i, nil
		}, par.Options{Workers: 10}))
		require.Equal(t, laws.Numbers(3), got)
		require.Equal(t, &functional.IndexError{Index: 3, Err: bad}, err)
	})
}

func TestSeqContextEnds(t *testing.T) {
	for _, options := range []par.Options{{Workers: 1}, {Workers: 4}, {Workers: 4, Unordered: true}, {Workers: 4, AllErrors: true}} {
		synctest.Test(t, func(t *testing.T) {
			cause := errors.New("cause")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 3500*time.Millisecond, cause)
			defer cancel()
			got, err := try.Collect(par.MapSeq(ctx, laws.Count(100), func(ctx context.Context, i int) (int, error) {
				return i, sleep(ctx, time.Second)
			}, options))
			require.Equal(t, cause, err)
			slices.Sort(got)
			require.Equal(t, laws.Numbers(3*options.Workers), got, "%+v", options)
		})
	}
}

func TestSeqInputPanics(t *testing.T) {
	for _, workers := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			var got []int
			pe := panicOf(t, func() {
				for i := range par.MapSeq(t.Context(), func(yield func(int) bool) {
					for i := range 3 {
						if !yield(i) {
							return
						}
					}
					explode()
				}, functional.Lift(func(i int) int { return i }), par.Options{Workers: workers}) {
					got = append(got, i)
				}
			})
			require.Contains(t, string(pe.Stack), "par_test.explode")
			require.Equal(t, laws.Numbers(3), got)
		})
	}
}

// TestSeqPanicAfterBreak wants a panic that no error precedes even when nobody
// asks for that item any more, unless the body has a panic of its own.
func TestSeqPanicAfterBreak(t *testing.T) {
	for _, own := range []any{nil, "the body's own"} {
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				v := recover()
				if own != nil {
					require.Equal(t, own, v)
					return
				}
				require.IsType(t, &par.PanicError{}, v)
				require.Equal(t, "late", v.(*par.PanicError).Value)
			}()
			for range par.MapSeq(t.Context(), laws.Count(4), func(ctx context.Context, i int) (int, error) {
				if i == 2 {
					<-ctx.Done()
					panic("late")
				}
				return i, nil
			}, par.Options{Workers: 4}) {
				synctest.Wait()
				if own != nil {
					panic(own)
				}
				break
			}
		})
	}
}
