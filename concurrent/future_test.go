package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/effort"
)

var background = context.Background()

// cause of the cancellations in these tests.
var errWhy = errors.New("why not")

// pendingFuture, runningFuture, canceledFuture, failedFuture and resolvedFuture are futures in each of
// the ways a future can be.
func pendingFuture() *concurrent.Future[int] { return concurrent.NewPromise[int]().Future() }

func runningFuture() *concurrent.Future[int] {
	p := concurrent.NewPromise[int]()
	p.Start()
	return p.Future()
}

func canceledFuture() *concurrent.Future[int] {
	f := pendingFuture()
	f.Cancel(errWhy)
	return f
}

func failedFuture(err error) *concurrent.Future[int] {
	p := concurrent.NewPromise[int]()
	p.Reject(err)
	return p.Future()
}

func resolvedFuture(v int) *concurrent.Future[int] {
	p := concurrent.NewPromise[int]()
	p.Resolve(v)
	return p.Future()
}

// bubble runs a sub-test in a bubble of package synctest.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// mustEnd fails the test if f is not in state or ends with something else than v
// and an error that is want.
func mustEnd[T comparable](t *testing.T, f *concurrent.Future[T], state concurrent.FutureState, v T, want error) {
	t.Helper()
	got, err := f.Result(background)
	assert.Equal(t, v, got)
	assert.ErrorIs(t, err, want)
	assert.Equal(t, state, f.State())
	assert.Equal(t, err, f.Err(background), "Err is the error of Result")
	select {
	case <-f.Done():
	default:
		assert.Fail(t, "Done is open after Result has returned")
	}
}

// misuse fails the test if f does not panic as misuse does.
func misuse(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		assert.Regexp(t, "^concurrent: ", text)
		assert.Contains(t, text, want)
	}()
	f()
}

func TestFutureResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		f := concurrent.Go(background, func(context.Context) (int, error) { <-release; return 7, io.EOF })
		synctest.Wait()
		assert.Equal(t, concurrent.Running, f.State(), "state while it runs")
		// Waiting for less than it takes.
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		v, err := f.Result(ctx)
		assert.Zero(t, v)
		assert.Equal(t, errWhy, err)
		assert.Equal(t, errWhy, f.Err(ctx))
		// Many who wait.
		results := make(chan error)
		waiting, stop := context.WithCancel(background)
		defer stop()
		for i := range 10 {
			go func() {
				who := background
				if i%2 == 0 {
					who = waiting
				}
				v, err := f.Result(who)
				assert.Equal(t, 7, v)
				results <- err
			}()
		}
		synctest.Wait()
		close(release)
		for range 10 {
			assert.Equal(t, io.EOF, <-results)
		}
		mustEnd(t, f, concurrent.Done, 7, io.EOF)
		// A context that is done on entry gets nothing, though it is there.
		v, err = f.Result(ctx)
		assert.Zero(t, v)
		assert.Equal(t, errWhy, err)
		assert.Equal(t, errWhy, f.Err(ctx), "with a context that is done")
	})
}

// trap is a context that ends, after do, when somebody asks for its channel: what
// do brings about happens when it has been seen that it had not.
type trap struct {
	context.Context
	do  func()
	err error
}

func (c *trap) Err() error { return c.err }

func (c *trap) Done() <-chan struct{} {
	c.do()
	c.err = context.Canceled
	ended := make(chan struct{})
	close(ended)
	return ended
}

// A result that comes at the same time as the end of the waiter's context wins.
func TestFutureResultRace(t *testing.T) {
	for range 100 {
		p := concurrent.NewPromise[int]()
		v, err := p.Future().Result(&trap{Context: background, do: func() { p.Resolve(1) }})
		require.Equal(t, 1, v)
		require.NoError(t, err)
		p = concurrent.NewPromise[int]()
		done, _, err := concurrent.Wait(&trap{Context: background, do: func() { p.Resolve(1) }}, concurrent.AllCompleted, p.Future())
		require.Len(t, done, 1)
		require.NoError(t, err)
	}
}

func explodeEOF() (int, error) { panic(io.ErrUnexpectedEOF) }

func TestFuturePanic(t *testing.T) {
	f := concurrent.Go(background, func(context.Context) (int, error) { return explodeEOF() })
	for range 2 { // every caller gets it
		func() {
			defer func() {
				pe, ok := recover().(*concurrent.PanicError)
				require.True(t, ok)
				assert.Equal(t, io.ErrUnexpectedEOF, pe.Value)
				assert.Contains(t, string(pe.Stack), "concurrent_test.explodeEOF")
			}()
			f.Result(background)
			assert.Fail(t, "Result returned")
		}()
	}
	assert.ErrorIs(t, f.Err(background), io.ErrUnexpectedEOF)
	assert.Equal(t, concurrent.Done, f.State())
	// A panic is never taken for a cancellation.
	f = concurrent.Go(background, func(ctx context.Context) (int, error) { <-ctx.Done(); panic(ctx.Err()) })
	for f.State() == concurrent.Pending {
		runtime.Gosched()
	}
	f.Cancel(nil)
	assert.IsType(t, &concurrent.PanicError{}, f.Err(background))
	assert.Equal(t, concurrent.Done, f.State())
}

func TestFutureGoexit(t *testing.T) {
	f := concurrent.Go(background, func(context.Context) (int, error) { runtime.Goexit(); return 1, nil })
	assert.Equal(t, concurrent.ErrGoexit, f.Err(background))
	assert.Equal(t, concurrent.Done, f.State())
	returned := make(chan bool, 1)
	go func() {
		defer close(returned)
		f.Result(background)
		returned <- true
	}()
	assert.False(t, <-returned, "Result returned instead of calling Goexit")
}

func TestFutureCancel(t *testing.T) {
	pooled(t, "pending", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		f := concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) {
			assert.Fail(t, "ran though canceled before")
			return 1, nil
		})
		assert.True(t, f.Cancel(errWhy), "Cancel of a pending future")
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
		mustEnd(t, f, concurrent.Canceled, 0, context.Canceled)
		var ce *concurrent.CanceledError
		require.ErrorAs(t, f.Err(background), &ce)
		assert.Equal(t, errWhy, ce.Cause)
		assert.NoError(t, ce.Err)
		assert.False(t, f.Cancel(nil), "Cancel of a canceled future")
		close(release)
		synctest.Wait()
	})
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	cases := []struct {
		name  string
		f     func(ctx context.Context) (int, error)
		state concurrent.FutureState
		v     int
		want  error
	}{
		{"succeeds nevertheless", func(ctx context.Context) (int, error) { wait(ctx); return 5, nil }, concurrent.Done, 5, nil},
		{"fails otherwise", func(ctx context.Context) (int, error) { wait(ctx); return 5, io.EOF }, concurrent.Done, 5, io.EOF},
		{"returns Err", func(ctx context.Context) (int, error) { return 5, wait(ctx) }, concurrent.Canceled, 5, errWhy},
		{"returns Err wrapped", func(ctx context.Context) (int, error) {
			return 5, fmt.Errorf("while reading: %w", wait(ctx))
		}, concurrent.Canceled, 5, errWhy},
		{"returns Err and another one", func(ctx context.Context) (int, error) {
			return 5, errors.Join(wait(ctx), io.EOF)
		}, concurrent.Done, 5, io.EOF},
		{"returns the cause", func(ctx context.Context) (int, error) {
			wait(ctx)
			return 5, context.Cause(ctx)
		}, concurrent.Canceled, 5, errWhy},
		{"never looks at Done", func(ctx context.Context) (int, error) {
			for ctx.Err() == nil {
				time.Sleep(time.Second)
			}
			return 5, context.Cause(ctx)
		}, concurrent.Canceled, 5, errWhy},
		{"is slow to return", func(ctx context.Context) (int, error) {
			wait(ctx)
			time.Sleep(time.Hour)
			return 5, ctx.Err()
		}, concurrent.Canceled, 5, context.Canceled},
	}
	for _, c := range cases {
		bubble(t, c.name, func(t *testing.T) {
			over, release := false, make(chan bool)
			f := concurrent.Go(background, func(ctx context.Context) (int, error) {
				defer func() { <-release; over = true }()
				return c.f(ctx)
			})
			synctest.Wait()
			assert.True(t, f.Cancel(errWhy), "Cancel of a running future")
			assert.True(t, f.Cancel(io.ErrNoProgress), "Cancel of a running future")
			assert.Equal(t, concurrent.Running, f.State(), "state before the function has returned")
			close(release)
			mustEnd(t, f, c.state, c.v, c.want)
			assert.True(t, over, "Result returned before the function")
			assert.NotErrorIs(t, f.Err(background), io.ErrNoProgress, "the second cause was taken")
			assert.False(t, f.Cancel(nil), "Cancel of an ended future")
		})
	}
}

// An error that speaks of a cancellation which nobody asked for is an error.
func TestFutureForeignCancellation(t *testing.T) {
	mustEnd(t, concurrent.Go(background, func(context.Context) (int, error) { return 0, context.Canceled }), concurrent.Done, 0, context.Canceled)
}

// list is an error that cannot be compared.
type list []string

func (l list) Error() string { return fmt.Sprint([]string(l)) }

func TestCanceledError(t *testing.T) {
	cases := []struct {
		err                *concurrent.CanceledError
		text               string
		canceled, deadline bool
	}{
		{&concurrent.CanceledError{Cause: context.Canceled}, "concurrent: canceled", true, false},
		{&concurrent.CanceledError{Cause: context.Canceled, Err: context.Canceled}, "concurrent: canceled", true, false},
		{&concurrent.CanceledError{Cause: errWhy, Err: context.Canceled}, "concurrent: canceled: why not", true, false},
		{&concurrent.CanceledError{Cause: errWhy, Err: errWhy}, "concurrent: canceled: why not", true, false},
		{&concurrent.CanceledError{Cause: errWhy, Err: io.EOF}, "concurrent: canceled: why not (EOF)", true, false},
		{&concurrent.CanceledError{Cause: context.DeadlineExceeded}, "concurrent: canceled: context deadline exceeded", false, true},
		{&concurrent.CanceledError{Cause: errWhy, Err: context.DeadlineExceeded}, "concurrent: canceled: why not (context deadline exceeded)", true, true},
		{&concurrent.CanceledError{}, "concurrent: canceled", true, false},
		{&concurrent.CanceledError{Cause: list{"a"}, Err: list{"b"}}, "concurrent: canceled: [a] ([b])", true, false},
	}
	for _, c := range cases {
		assert.EqualError(t, c.err, c.text)
		assert.Equal(t, c.canceled, errors.Is(c.err, context.Canceled), "%v is context.Canceled", c.err)
		assert.Equal(t, c.deadline, errors.Is(c.err, context.DeadlineExceeded), "%v is context.DeadlineExceeded", c.err)
	}
}

func TestFutureOnDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		f := p.Future()
		var log []string
		add := func(name string) func() bool {
			return f.OnDone(func() {
				assert.Equal(t, concurrent.Done, f.State(), "state in a callback")
				log = append(log, name)
			})
		}
		first, _, third := add("first"), add("second"), add("third")
		_, last := add("fourth"), add("last")
		assert.True(t, third(), "stop says that it came in time, once")
		assert.False(t, third(), "stop says that it came in time, once")
		assert.True(t, first(), "stop says that it came in time, once")
		assert.True(t, last(), "stop says that it came in time, once")
		stop := add("fifth")
		p.Resolve(1)
		assert.False(t, stop(), "stop after the call")
		assert.Equal(t, "second fourth fifth", strings.Join(log, " "), "called")
		assert.False(t, add("late")(), "stop of a function that was called at once")
		assert.Equal(t, "late", log[len(log)-1], "called at once")
		// Everything can be taken back.
		p = concurrent.NewPromise[int]()
		f = p.Future()
		log = nil
		add("x")()
		add("y")
		p.Resolve(1)
		assert.Equal(t, []string{"y"}, log, "called")
	})
}

func TestFutureMisuse(t *testing.T) {
	misuse(t, "OnDone", func() { pendingFuture().OnDone(nil) })
	misuse(t, "Go", func() { concurrent.Go[int](background, nil) })
	misuse(t, "Reject", func() { concurrent.NewPromise[int]().Reject(nil) })
}

func TestStateString(t *testing.T) {
	for s, want := range map[concurrent.FutureState]string{concurrent.Pending: "pending", concurrent.Running: "running", concurrent.Done: "done", concurrent.Canceled: "canceled", 9: "FutureState(9)"} {
		assert.Equal(t, want, s.String())
	}
}

func TestGoDoneContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(background)
	cancel(errWhy)
	f := concurrent.Go(ctx, func(context.Context) (int, error) { assert.Fail(t, "ran"); return 1, nil })
	assert.Equal(t, concurrent.Canceled, f.State(), "state at once")
	mustEnd(t, f, concurrent.Canceled, 0, errWhy)
}

// The context of a function that ends while its goroutine has not begun.
func TestGoContextEndsBeforeStart(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	before := 0
	for range 100 {
		ran := false
		ctx, cancel := context.WithCancelCause(background)
		f := concurrent.Go(ctx, func(context.Context) (int, error) { ran = true; return 1, nil })
		cancel(errWhy)
		if f.Err(background); ran { // it was faster
			mustEnd(t, f, concurrent.Done, 1, nil)
			continue
		}
		before++
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
	}
	assert.NotZero(t, before, "contexts that ended before their functions began")
}

func TestGoParentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		f := concurrent.Go(ctx, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, ctx.Err() })
		mustEnd(t, f, concurrent.Canceled, 1, context.DeadlineExceeded)
		assert.NotErrorIs(t, f.Err(background), context.Canceled, "a deadline is no cancellation")
	})
}

func TestPromise(t *testing.T) {
	var zero concurrent.Promise[int]
	for name, p := range map[string]*concurrent.Promise[int]{"new": concurrent.NewPromise[int](), "zero": &zero} {
		t.Run(name, func(t *testing.T) {
			f := p.Future()
			assert.Same(t, p.Future(), f, "one future")
			assert.True(t, p.Start(), "it starts once")
			assert.False(t, p.Start(), "it starts once")
			assert.Equal(t, concurrent.Running, f.State(), "it starts once")
			assert.True(t, p.Resolve(3), "it is resolved once")
			assert.False(t, p.Resolve(4), "it is resolved once")
			assert.False(t, p.Reject(io.EOF), "it is resolved once")
			assert.False(t, p.Start(), "it is resolved once")
			mustEnd(t, f, concurrent.Done, 3, nil)
		})
	}
	t.Run("without start", func(t *testing.T) {
		mustEnd(t, resolvedFuture(3), concurrent.Done, 3, nil)
		mustEnd(t, failedFuture(io.EOF), concurrent.Done, 0, io.EOF)
	})
	t.Run("canceled before the start", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Future().Cancel(nil)
		assert.False(t, p.Start(), "the producer sees that it was canceled")
		assert.False(t, p.Resolve(1), "the producer sees that it was canceled")
		assert.False(t, p.Reject(io.EOF), "the producer sees that it was canceled")
		mustEnd(t, p.Future(), concurrent.Canceled, 0, context.Canceled)
	})
	t.Run("canceled while it runs", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Start()
		p.Future().Cancel(errWhy)
		assert.Equal(t, errWhy, context.Cause(p.Context()), "the producer sees that it was canceled")
		assert.True(t, p.Reject(context.Cause(p.Context())), "the producer could not end it")
		mustEnd(t, p.Future(), concurrent.Canceled, 0, errWhy)
	})
}

func TestPromiseContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		ctx := p.Context()
		assert.NoError(t, ctx.Err(), "ended at the start")
		assert.NoError(t, context.Cause(ctx), "ended at the start")
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		p.Resolve(1)
		<-derived.Done()
		assert.Equal(t, context.Canceled, ctx.Err(), "after the end")
	})
}

type ctxKey struct{}

func TestFutureContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithDeadline(context.WithValue(background, ctxKey{}, "value"), time.Now().Add(time.Hour))
		defer cancel()
		var kept context.Context
		f := concurrent.Go(parent, func(ctx context.Context) (int, error) {
			kept = ctx
			for range 2 { // before and after it has become a real one
				assert.Equal(t, "value", ctx.Value(ctxKey{}), "the value is missing")
				if d, ok := ctx.Deadline(); !ok || time.Until(d) != time.Hour {
					assert.Fail(t, "the deadline is missing")
				}
				assert.NoError(t, ctx.Err(), "it has ended")
				assert.NoError(t, context.Cause(ctx), "it has ended")
				ctx.Done()
			}
			stopped := make(chan error)
			context.AfterFunc(ctx, func() { stopped <- context.Cause(ctx) })
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			<-child.Done()
			assert.Equal(t, errWhy, context.Cause(child), "the child's cause")
			return 0, <-stopped
		})
		synctest.Wait()
		f.Cancel(errWhy)
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
		assert.Equal(t, errWhy, context.Cause(kept), "cause after the end")

		// One whose function did not care ends nevertheless with the function.
		f = concurrent.Go(parent, func(ctx context.Context) (int, error) { kept = ctx; return 1, nil })
		mustEnd(t, f, concurrent.Done, 1, nil)
		select {
		case <-kept.Done():
		default:
			assert.Fail(t, "it goes on when the function has returned")
		}
		assert.Equal(t, context.Canceled, kept.Err(), "after the end")
		assert.Equal(t, "value", kept.Value(ctxKey{}), "after the end")
	})
}

// Cancel, the first use of the context and the end in all orders.
func TestFutureContextRace(t *testing.T) {
	for range 2000 {
		f := concurrent.Go(background, func(ctx context.Context) (int, error) {
			done := make(chan bool)
			go func() { <-ctx.Done(); close(done) }()
			<-ctx.Done()
			<-done
			return 0, context.Cause(ctx)
		})
		for f.State() == concurrent.Pending {
			runtime.Gosched()
		}
		f.Cancel(errWhy)
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
	}
}

func TestFutureAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	f := resolvedFuture(1)
	assert.Zero(t, testing.AllocsPerRun(100, func() { f.Result(background) }), "allocations of Result of an ended future")
	// The promise, and the channel of whoever waits.
	assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { resolvedFuture(1).Result(background) }), 1.0, "allocations of a promise")
}
