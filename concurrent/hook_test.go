package concurrent_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

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

// collected returns the next failure, collecting garbage until there is one.
func collected(t *testing.T, failures <-chan concurrent.Failure) concurrent.Failure {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		runtime.GC()
		select {
		case f := <-failures:
			return f
		case <-deadline:
			t.Fatal("the hook was not called")
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
	if f := collected(t, failures); !isPanic(f.Err) || !strings.Contains(f.Name, "TestFailureHook") {
		t.Errorf("got %v of %q", f.Err, f.Name)
	}
	concurrent.Go(background, failUnseen)
	if f := collected(t, failures); f.Err != errUnseen || !strings.HasSuffix(f.Name, "concurrent_test.failUnseen") {
		t.Errorf("got %v of %q", f.Err, f.Name)
	}
	failedFuture(errUnseen).State() // which is not looking
	if f := collected(t, failures); f.Err != errUnseen || f.Name != "" {
		t.Errorf("got %v of %q", f.Err, f.Name)
	}

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
		"cancelled":  func() { pendingFuture().Cancel(errWhy) },
		"successful": func() { resolvedFuture(1) },
		"running":    func() { runningFuture().Cancel(errWhy) },
	}
	for name, look := range looks {
		t.Run(name, func(t *testing.T) {
			look()
			failedFuture(errMarker) // comes after it
			if f := collected(t, failures); f.Err != errMarker {
				t.Errorf("the hook got %v", f.Err)
			}
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
		if f := <-failures; !isPanic(f.Err) || !strings.Contains(f.Name, "TestFailureHookCallback") {
			t.Errorf("got %v of %q", f.Err, f.Name)
		}
	}
	f.OnDone(func() { explodeUnseen() })
	if f := <-failures; !isPanic(f.Err) {
		t.Errorf("got %v", f.Err)
	}
}

// So is a callback that calls Goexit; the goroutine ends after the others.
func TestFailureHookGoexit(t *testing.T) {
	failures := make(chan concurrent.Failure, 1)
	old := concurrent.SetFailureHook(func(f concurrent.Failure) {
		if f.Err == concurrent.ErrGoexit {
			failures <- f
		}
	})
	defer func() { concurrent.SetFailureHook(old) }()
	called := 0
	resolved := make(chan bool)
	go func() {
		defer close(resolved)
		p := concurrent.NewPromise[int]()
		p.Future().OnDone(runtime.Goexit)
		p.Future().OnDone(func() { called++ })
		p.Resolve(1)
		t.Error("Resolve returned")
	}()
	<-resolved
	if f := <-failures; called != 1 || f.Name != "runtime.Goexit" {
		t.Errorf("the others were called %d times, the failure was %q", called, f.Name)
	}
}

func TestSetFailureHook(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)

	mine := func(concurrent.Failure) {}
	old := concurrent.SetFailureHook(mine)
	old(concurrent.Failure{Err: io.EOF, Name: "first"})
	if got := concurrent.SetFailureHook(nil); got == nil {
		t.Error("the hook before is missing")
	}
	resolvedFuture(1).OnDone(func() { panic("second") })
	concurrent.SetFailureHook(old)(concurrent.Failure{Err: io.EOF, Name: "third"})
	for _, want := range []string{"level=ERROR", "name=first", "second", "name=third"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}
