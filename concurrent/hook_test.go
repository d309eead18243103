package concurrent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// Failures that only the tests of the hook know: those of other tests may
// become garbage while they run.
var (
	errUnseen = errors.New("nobody looks at this")
	errMarker = errors.New("the one after it")
)

// hooked sets a hook for the test and returns what it gets of these failures.
func hooked(t *testing.T) <-chan concurrent.Failure {
	failures := make(chan concurrent.Failure, 100)
	old := concurrent.SetFailureHook(func(f concurrent.Failure) {
		if errors.Is(f.Err, errUnseen) || errors.Is(f.Err, errMarker) {
			failures <- f
		}
	})
	t.Cleanup(func() { concurrent.SetFailureHook(old) })
	return failures
}

// hookedExits is hooked for functions that called runtime.Goexit, by that name: those
// of other tests have others. What else comes goes to the hook before.
func hookedExits(t *testing.T) <-chan concurrent.Failure {
	exits := make(chan concurrent.Failure, 10)
	old := concurrent.SetFailureHook(nil)
	concurrent.SetFailureHook(func(f concurrent.Failure) {
		if f.Err == concurrent.ErrGoexit && f.Name == "runtime.Goexit" {
			exits <- f
			return
		}
		old(f)
	})
	t.Cleanup(func() { concurrent.SetFailureHook(old) })
	return exits
}

// collected returns the next failure, collecting garbage until there is one.
func collected(t *testing.T, failures <-chan concurrent.Failure) concurrent.Failure {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		runtime.GC()
		select {
		case f := <-failures:
			return f
		case <-deadline:
			require.FailNow(t, "the hook was not called")
		default:
			runtime.Gosched()
		}
	}
}

func explodeUnseen() (int, error) { panic(errUnseen) }

//go:noinline
func failUnseen(ctx context.Context) (int, error) { return 0, errUnseen }

func TestFailureHook(t *testing.T) {
	failures := hooked(t)

	done := make(chan struct{})
	func() {
		concurrent.Go(background, func(context.Context) (int, error) { defer close(done); return explodeUnseen() })
		<-done
	}()
	f := collected(t, failures)
	assert.IsType(t, &concurrent.PanicError{}, f.Err)
	assert.Contains(t, f.Name, "TestFailureHook")
	concurrent.Go(background, failUnseen)
	f = collected(t, failures)
	assert.Equal(t, errUnseen, f.Err)
	assert.Regexp(t, `concurrent_test\.failUnseen$`, f.Name)
	failedFuture(errUnseen).State() // which is not looking
	f = collected(t, failures)
	assert.Equal(t, errUnseen, f.Err)
	assert.Empty(t, f.Name)

	// None of these is a failure that nobody looked at.
	looks := map[string]func(){
		"Result":        func() { failedFuture(errUnseen).Result(background) },
		"Err":           func() { failedFuture(errUnseen).Err(background) },
		"Done":          func() { failedFuture(errUnseen).Done() },
		"OnDone":        func() { failedFuture(errUnseen).OnDone(func() {}) },
		"Done before":   func() { p := concurrent.NewPromise[int](); p.Future().Done(); p.Reject(errUnseen) },
		"OnDone before": func() { p := concurrent.NewPromise[int](); p.Future().OnDone(func() {}); p.Reject(errUnseen) },
		"waiting": func() {
			f := concurrent.Go(background, failUnseen)
			f.Result(background)
		},
		"On": func() {
			p := concurrent.NewPool()
			defer p.Close()
			concurrent.On(p, func(ctx context.Context, _ int) (int, error) { return failUnseen(ctx) })(background, 1)
		},
		"canceled":   func() { pendingFuture().Cancel(errWhy) },
		"successful": func() { resolvedFuture(1) },
		"running":    func() { runningFuture().Cancel(errWhy) },
	}
	for name, look := range looks {
		t.Run(name, func(t *testing.T) {
			look()
			failedFuture(errMarker) // comes after it
			assert.Equal(t, errMarker, collected(t, failures).Err, "the hook")
		})
	}
}

// What a callback does wrong is known at once, and the others are called.
func TestFailureHookCallback(t *testing.T) {
	failures := hooked(t)
	called := make(chan bool, 3)
	fill := func(f *concurrent.Future[int]) {
		f.OnDone(func() { explodeUnseen() })
		f.OnDone(func() { called <- true })
		f.OnDone(func() { called <- true })
		f.OnDone(func() { explodeUnseen() })
		f.OnDone(func() { called <- true })
	}
	f := concurrent.Go(background, func(context.Context) (int, error) { return 1, nil })
	fill(f)
	for range 3 {
		<-called
	}
	for range 2 {
		f := <-failures
		assert.IsType(t, &concurrent.PanicError{}, f.Err)
		assert.Contains(t, f.Name, "TestFailureHookCallback")
	}
	f.OnDone(func() { explodeUnseen() })
	assert.IsType(t, &concurrent.PanicError{}, (<-failures).Err)
}

// So is a callback that calls Goexit; the goroutine ends after the others.
func TestFailureHookGoexit(t *testing.T) {
	failures := hookedExits(t)
	called := 0
	resolved := make(chan bool)
	go func() {
		defer close(resolved)
		p := concurrent.NewPromise[int]()
		p.Future().OnDone(runtime.Goexit)
		p.Future().OnDone(func() { called++ })
		p.Resolve(1)
		assert.Fail(t, "Resolve returned")
	}()
	<-resolved
	<-failures
	assert.Equal(t, 1, called, "calls of the others")
}

// A safeBuffer can be read while others write: failures of other tests may
// come at any time.
type safeBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestSetFailureHook(t *testing.T) {
	var text safeBuffer
	defer log.SetOutput(log.Writer()) // slog.SetDefault changes these
	defer log.SetFlags(log.Flags())
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))

	mine := func(concurrent.Failure) {}
	old := concurrent.SetFailureHook(mine)
	old(concurrent.Failure{Err: io.EOF, Name: "first"})
	assert.NotNil(t, concurrent.SetFailureHook(nil), "the hook before is missing")
	resolvedFuture(1).OnDone(func() { panic("second") })
	concurrent.SetFailureHook(old)(concurrent.Failure{Err: io.EOF, Name: "third"})
	for _, want := range []string{"level=ERROR", "name=first", "second", "name=third"} {
		assert.Contains(t, text.String(), want, "the log lacks")
	}
}
