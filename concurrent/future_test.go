package concurrent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanfold/fanfold/concurrent"
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
	if got != v || !errors.Is(err, want) || f.State() != state {
		t.Errorf("got %v, %v, state %v; want %v, %v, state %v", got, err, f.State(), v, want, state)
	}
	if e := f.Err(background); e != err {
		t.Errorf("Err returns %v, Result %v", e, err)
	}
	select {
	case <-f.Done():
	default:
		t.Error("Done is open after Result has returned")
	}
}

// misuse fails the test if f does not panic as misuse does.
func misuse(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if text, _ := recover().(string); !strings.HasPrefix(text, "concurrent: ") || !strings.Contains(text, want) {
			t.Errorf("panic %q, want one of concurrent with %q", text, want)
		}
	}()
	f()
}

func TestFutureResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan bool)
		f := concurrent.Go(background, func(context.Context) (int, error) { <-release; return 7, io.EOF })
		synctest.Wait()
		if s := f.State(); s != concurrent.Running {
			t.Errorf("state %v while it runs", s)
		}
		// Waiting for less than it takes.
		ctx, cancel := context.WithTimeoutCause(background, time.Second, errWhy)
		defer cancel()
		if v, err := f.Result(ctx); v != 0 || err != errWhy {
			t.Errorf("got %v, %v, want the cause of the waiter's context", v, err)
		}
		if err := f.Err(ctx); err != errWhy {
			t.Errorf("got %v, want the cause of the waiter's context", err)
		}
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
				if v != 7 {
					t.Errorf("got %d, want 7", v)
				}
				results <- err
			}()
		}
		synctest.Wait()
		close(release)
		for range 10 {
			if err := <-results; err != io.EOF {
				t.Errorf("got %v, want EOF", err)
			}
		}
		mustEnd(t, f, concurrent.Done, 7, io.EOF)
		// A context that is done on entry gets nothing, though it is there.
		if v, err := f.Result(ctx); v != 0 || err != errWhy {
			t.Errorf("got %v, %v with a context that is done", v, err)
		}
		if err := f.Err(ctx); err != errWhy {
			t.Errorf("got %v with a context that is done", err)
		}
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
		if v != 1 || err != nil {
			t.Fatalf("got %v, %v though the result was there", v, err)
		}
		p = concurrent.NewPromise[int]()
		done, _, err := concurrent.Wait(&trap{Context: background, do: func() { p.Resolve(1) }}, concurrent.AllCompleted, p.Future())
		if len(done) != 1 || err != nil {
			t.Fatalf("got %v, %v though the result was there", done, err)
		}
	}
}

func explodeEOF() (int, error) { panic(io.ErrUnexpectedEOF) }

func TestFuturePanic(t *testing.T) {
	f := concurrent.Go(background, func(context.Context) (int, error) { return explodeEOF() })
	for range 2 { // every caller gets it
		func() {
			defer func() {
				pe, ok := recover().(*concurrent.PanicError)
				if !ok || pe.Value != io.ErrUnexpectedEOF || !strings.Contains(string(pe.Stack), "concurrent_test.explodeEOF") {
					t.Errorf("panic %v, want a PanicError with the stack of explodeEOF", pe)
				}
			}()
			f.Result(background)
			t.Error("Result returned")
		}()
	}
	if err := f.Err(background); !errors.Is(err, io.ErrUnexpectedEOF) || f.State() != concurrent.Done {
		t.Errorf("Err returned %v in state %v", err, f.State())
	}
	// A panic is never taken for a cancellation.
	f = concurrent.Go(background, func(ctx context.Context) (int, error) { <-ctx.Done(); panic(ctx.Err()) })
	for f.State() == concurrent.Pending {
		runtime.Gosched()
	}
	f.Cancel(nil)
	if err := f.Err(background); !isPanic(err) || f.State() != concurrent.Done {
		t.Errorf("got %v in state %v after a panic with context.Canceled", err, f.State())
	}
}

func isPanic(err error) bool { _, ok := err.(*concurrent.PanicError); return ok }

func TestFutureGoexit(t *testing.T) {
	f := concurrent.Go(background, func(context.Context) (int, error) { runtime.Goexit(); return 1, nil })
	if err := f.Err(background); err != concurrent.ErrGoexit || f.State() != concurrent.Done {
		t.Errorf("Err returned %v in state %v", err, f.State())
	}
	returned := make(chan bool, 1)
	go func() {
		defer close(returned)
		f.Result(background)
		returned <- true
	}()
	if <-returned {
		t.Error("Result returned instead of calling Goexit")
	}
}

func TestFutureCancel(t *testing.T) {
	pooled(t, "pending", concurrent.PoolOptions{Workers: 1}, func(t *testing.T, p *concurrent.Pool) {
		release := make(chan struct{})
		concurrent.Submit(background, p, release, hold)
		f := concurrent.Submit(background, p, 1, func(context.Context, int) (int, error) {
			t.Error("ran though canceled before")
			return 1, nil
		})
		if !f.Cancel(errWhy) {
			t.Error("Cancel of a pending future returned false")
		}
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
		mustEnd(t, f, concurrent.Canceled, 0, context.Canceled)
		if ce, ok := errors.AsType[*concurrent.CanceledError](f.Err(background)); !ok || ce.Cause != errWhy || ce.Err != nil {
			t.Errorf("got %#v", ce)
		}
		if f.Cancel(nil) {
			t.Error("Cancel of a canceled future returned true")
		}
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
			if !f.Cancel(errWhy) || !f.Cancel(io.ErrNoProgress) {
				t.Error("Cancel of a running future returned false")
			}
			if s := f.State(); s != concurrent.Running {
				t.Errorf("state %v before the function has returned", s)
			}
			close(release)
			mustEnd(t, f, c.state, c.v, c.want)
			if !over {
				t.Error("Result returned before the function")
			}
			if errors.Is(f.Err(background), io.ErrNoProgress) {
				t.Error("the second cause was taken")
			}
			if f.Cancel(nil) {
				t.Error("Cancel of an ended future returned true")
			}
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
		if got := c.err.Error(); got != c.text {
			t.Errorf("text %q, want %q", got, c.text)
		}
		if got := errors.Is(c.err, context.Canceled); got != c.canceled {
			t.Errorf("%v: is context.Canceled: %v, want %v", c.err, got, c.canceled)
		}
		if got := errors.Is(c.err, context.DeadlineExceeded); got != c.deadline {
			t.Errorf("%v: is context.DeadlineExceeded: %v, want %v", c.err, got, c.deadline)
		}
	}
}

func TestFutureOnDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		f := p.Future()
		var log []string
		add := func(name string) func() bool {
			return f.OnDone(func() {
				if f.State() != concurrent.Done {
					t.Errorf("state %v in a callback", f.State())
				}
				log = append(log, name)
			})
		}
		first, _, third := add("first"), add("second"), add("third")
		_, last := add("fourth"), add("last")
		if !third() || third() || !first() || !last() {
			t.Error("stop did not say that it came in time, or said so twice")
		}
		stop := add("fifth")
		p.Resolve(1)
		if stop() {
			t.Error("stop after the call returned true")
		}
		if got := strings.Join(log, " "); got != "second fourth fifth" {
			t.Errorf("called: %s", got)
		}
		if add("late")() {
			t.Error("stop of a function that was called at once returned true")
		}
		if got := log[len(log)-1]; got != "late" {
			t.Errorf("not called at once: %v", log)
		}
		// Everything can be taken back.
		p = concurrent.NewPromise[int]()
		f = p.Future()
		log = nil
		add("x")()
		add("y")
		p.Resolve(1)
		if !slices.Equal(log, []string{"y"}) {
			t.Errorf("called: %v", log)
		}
	})
}

func TestFutureMisuse(t *testing.T) {
	misuse(t, "OnDone", func() { pendingFuture().OnDone(nil) })
	misuse(t, "Go", func() { concurrent.Go[int](background, nil) })
	misuse(t, "Reject", func() { concurrent.NewPromise[int]().Reject(nil) })
}

func TestStateString(t *testing.T) {
	for s, want := range map[concurrent.FutureState]string{concurrent.Pending: "pending", concurrent.Running: "running", concurrent.Done: "done", concurrent.Canceled: "canceled", 9: "FutureState(9)"} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestGoDoneContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(background)
	cancel(errWhy)
	f := concurrent.Go(ctx, func(context.Context) (int, error) { t.Error("ran"); return 1, nil })
	if f.State() != concurrent.Canceled {
		t.Errorf("state %v at once", f.State())
	}
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
	if before == 0 {
		t.Error("all began before their contexts could end")
	}
}

func TestGoParentEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(background, time.Minute)
		defer cancel()
		f := concurrent.Go(ctx, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, ctx.Err() })
		mustEnd(t, f, concurrent.Canceled, 1, context.DeadlineExceeded)
		if errors.Is(f.Err(background), context.Canceled) {
			t.Error("a deadline is said to be a cancellation")
		}
	})
}

func TestPromise(t *testing.T) {
	var zero concurrent.Promise[int]
	for name, p := range map[string]*concurrent.Promise[int]{"new": concurrent.NewPromise[int](), "zero": &zero} {
		t.Run(name, func(t *testing.T) {
			f := p.Future()
			if f != p.Future() {
				t.Error("two futures")
			}
			if !p.Start() || p.Start() || f.State() != concurrent.Running {
				t.Error("Start did not start once")
			}
			if !p.Resolve(3) || p.Resolve(4) || p.Reject(io.EOF) || p.Start() {
				t.Error("it could be resolved other than once")
			}
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
		if p.Start() || p.Resolve(1) || p.Reject(io.EOF) {
			t.Error("the producer does not see that it was canceled")
		}
		mustEnd(t, p.Future(), concurrent.Canceled, 0, context.Canceled)
	})
	t.Run("canceled while it runs", func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		p.Start()
		p.Future().Cancel(errWhy)
		if context.Cause(p.Context()) != errWhy {
			t.Error("the producer does not see that it was canceled")
		}
		if !p.Reject(context.Cause(p.Context())) {
			t.Error("the producer could not end it")
		}
		mustEnd(t, p.Future(), concurrent.Canceled, 0, errWhy)
	})
}

func TestPromiseContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := concurrent.NewPromise[int]()
		ctx := p.Context()
		if ctx.Err() != nil || context.Cause(ctx) != nil {
			t.Error("ended at the start")
		}
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		p.Resolve(1)
		<-derived.Done()
		if ctx.Err() != context.Canceled {
			t.Errorf("got %v after the end", ctx.Err())
		}
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
				if ctx.Value(ctxKey{}) != "value" {
					t.Error("the value is missing")
				}
				if d, ok := ctx.Deadline(); !ok || time.Until(d) != time.Hour {
					t.Error("the deadline is missing")
				}
				if ctx.Err() != nil || context.Cause(ctx) != nil {
					t.Error("it has ended")
				}
				ctx.Done()
			}
			stopped := make(chan error)
			context.AfterFunc(ctx, func() { stopped <- context.Cause(ctx) })
			child, cancel := context.WithCancel(ctx)
			defer cancel()
			<-child.Done()
			if got := context.Cause(child); got != errWhy {
				t.Errorf("the child's cause is %v", got)
			}
			return 0, <-stopped
		})
		synctest.Wait()
		f.Cancel(errWhy)
		mustEnd(t, f, concurrent.Canceled, 0, errWhy)
		if context.Cause(kept) != errWhy {
			t.Errorf("cause %v after the end", context.Cause(kept))
		}

		// One whose function did not care ends nevertheless with the function.
		f = concurrent.Go(parent, func(ctx context.Context) (int, error) { kept = ctx; return 1, nil })
		mustEnd(t, f, concurrent.Done, 1, nil)
		select {
		case <-kept.Done():
		default:
			t.Error("it goes on when the function has returned")
		}
		if kept.Err() != context.Canceled || kept.Value(ctxKey{}) != "value" {
			t.Errorf("got %v after the end", kept.Err())
		}
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
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	f := resolvedFuture(1)
	if n := testing.AllocsPerRun(100, func() { f.Result(background) }); n != 0 {
		t.Errorf("Result of an ended future allocates %v times", n)
	}
	// The promise, and the channel of whoever waits.
	if n := testing.AllocsPerRun(100, func() { resolvedFuture(1).Result(background) }); n > 1 {
		t.Errorf("a promise allocates %v times", n)
	}
}
