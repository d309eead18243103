package concurrent

import (
	"log/slog"
	"reflect"
	"runtime"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Failure is an error that no code of the program has observed.
type Failure struct {
	// Err is the error, a *[PanicError] or [ErrGoexit].
	Err error
	// Name is the name of the task, or else of the function, such as
	// "main.main.func1". It is "" if neither is known.
	Name string
}

// SetFailureHook sets the function that is called with unobserved failures, and
// returns the previous one. nil restores the default, which logs to [slog.Default]
// at error level.
//
// A [Future] reports its failure when it becomes garbage before any code has
// observed how it ended (see [Future]). A failure is an error, a panic or a Goexit,
// but no cancellation. The report comes some time after a garbage collection, and
// perhaps not before the program ends. Panics of functions given to OnDone, of
// functions of [Pool.Go] and of PoolOptions.Finalizer are reported at once.
//
// Several goroutines may call hook at the same time. It must not block for long,
// because the goroutine that reports waits for it and may have other work. A panic of
// hook ends the program.
func SetFailureHook(hook func(Failure)) (old func(Failure)) {
	if hook == nil {
		hook = logFailure
	}
	if before := failureHook.Swap(&hook); before != nil {
		return *before
	}
	return logFailure
}

var failureHook atomic.Pointer[func(Failure)] // nil: logFailure

func logFailure(f Failure) {
	slog.Error("concurrent: unobserved failure", "name", f.Name, "err", f.Err)
}

// report calls the hook, in a goroutine of its own: where it panics the program ends, and
// where it calls Goexit the caller's goroutine does not.
func report(f Failure) {
	hook := logFailure
	if set := failureHook.Load(); set != nil {
		hook = *set
	}
	over := make(chan struct{})
	go func() { callThen(func() { hook(f) }, func() { close(over) }) }()
	<-over
}

// failed is what a future failed with. It is an object of its own so that it
// outlives an unobserved future.
type failed struct {
	err    error
	caught *panics.Caught // of a panic or a Goexit, which err then tells of
	name   string         // "": the function's
	pc     uintptr        // of the function
	seen   atomic.Bool
}

// again returns f for another future, where it is to be observed on its own.
func (f *failed) again() *failed {
	return &failed{err: f.err, caught: f.caught, name: f.name, pc: f.pc}
}

// observe notes that the failure was observed, and returns the error.
func (f *failed) observe() error {
	if !f.seen.Load() {
		f.seen.Store(true)
	}
	return f.err
}

// guard arranges for f to be reported if c becomes garbage unobserved.
func (f *failed) guard(c *core) {
	runtime.AddCleanup(c, (*failed).orphaned, f)
}

func (f *failed) orphaned() {
	if f.seen.Load() {
		return
	}
	name := f.name
	if name == "" {
		name = nameOf(f.pc)
	}
	report(Failure{Err: f.err, Name: name})
}

// pcOf returns where the code of the function fn is, 0 for nil.
func pcOf(fn any) uintptr {
	if fn == nil {
		return 0
	}
	return reflect.ValueOf(fn).Pointer()
}

// nameOf returns the name of the function at pc, "" for none.
func nameOf(pc uintptr) string {
	if f := runtime.FuncForPC(pc); f != nil {
		return f.Name()
	}
	return ""
}
