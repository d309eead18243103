package concurrent

import (
	"log/slog"
	"reflect"
	"runtime"
	"sync/atomic"
)

// A Failure is something that went wrong where nobody was looking.
type Failure struct {
	// Err is the error, a *[PanicError] or [ErrGoexit].
	Err error
	// Name is the name the task was given, else that of the function, as
	// "main.main.func1"; "" if there is neither.
	Name string
}

// SetFailureHook makes hook what is called with failures that nobody looked at,
// and returns the one before. nil stands for the default, which logs to
// [slog.Default] at the level of errors.
//
// It is called for a [Future] that ended with an error, a panic or a Goexit
// (not with its cancellation) and became garbage before anybody looked, some
// time after the garbage collector noticed, perhaps not before the program ends;
// and at once for a function given to OnDone that panicked.
//
// The hook is called in a goroutine of its own or of somebody else's, several at
// the same time: it must not block for long. A panic in it ends the program.
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
	slog.Error("concurrent: a failure nobody looked at", "name", f.Name, "err", f.Err)
}

// report calls the hook.
func report(f Failure) {
	if hook := failureHook.Load(); hook != nil {
		(*hook)(f)
		return
	}
	logFailure(f)
}

// failed is what a future failed with. It is an object of its own so that it
// outlives a future that nobody looked at.
type failed struct {
	err  error
	name string  // "": the function's
	pc   uintptr // of the function
	seen atomic.Bool
}

// look notes that somebody knows, and returns the error.
func (f *failed) look() error {
	if !f.seen.Load() {
		f.seen.Store(true)
	}
	return f.err
}

// guard arranges for f to be reported if c becomes garbage before anybody
// looked.
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
