package ipc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

// A RemoteError is an error that a function returned in another process. Its
// text is the text of the error over there; errors.Is finds in it what the
// original wrapped of context, io, io/fs and os errors, syscall.Errno and
// errors registered with [RegisterError], and errors.As a [*PanicError], with its
// stack. Other types do not travel.
type RemoteError struct {
	Func string // the function that returned it
	Text string // what its Error method said over there

	wrapped []error
}

// Error returns the text of the original.
func (e *RemoteError) Error() string { return e.Text }

// Unwrap returns what errors.Is can find of the original.
func (e *RemoteError) Unwrap() []error { return e.wrapped }

// sentinels are the errors that keep their identity on the way, by name. The
// names are the wire format: they never change.
var sentinels = struct {
	sync.RWMutex
	byName map[string]error
}{byName: map[string]error{
	"context.Canceled":         context.Canceled,
	"context.DeadlineExceeded": context.DeadlineExceeded,
	"errors.ErrUnsupported":    errors.ErrUnsupported,
	"io.EOF":                   io.EOF,
	"io.ErrUnexpectedEOF":      io.ErrUnexpectedEOF,
	"io.ErrClosedPipe":         io.ErrClosedPipe,
	"io.ErrNoProgress":         io.ErrNoProgress,
	"io.ErrShortBuffer":        io.ErrShortBuffer,
	"io.ErrShortWrite":         io.ErrShortWrite,
	"fs.ErrInvalid":            fs.ErrInvalid,
	"fs.ErrPermission":         fs.ErrPermission,
	"fs.ErrExist":              fs.ErrExist,
	"fs.ErrNotExist":           fs.ErrNotExist,
	"fs.ErrClosed":             fs.ErrClosed,
	"fs.SkipDir":               fs.SkipDir,
	"fs.SkipAll":               fs.SkipAll,
	"os.ErrDeadlineExceeded":   os.ErrDeadlineExceeded,
	"os.ErrNoDeadline":         os.ErrNoDeadline,
	"os.ErrProcessDone":        os.ErrProcessDone,
	"ipc.ErrClosed":            ErrClosed,
	"ipc.ErrNoMain":            ErrNoMain,
	"ipc.ErrNoFunc":            ErrNoFunc,
	"ipc.ErrTypes":             ErrTypes,
	"ipc.ErrNoProfile":         ErrNoProfile,
	"ipc.ErrProcessDied":       ErrProcessDied,
	"ipc.ErrPoison":            ErrPoison,
	"ipc.ErrManyFiles":         ErrManyFiles,
	"ipc.ErrFilesUnsupported":  ErrFilesUnsupported,
}}

// RegisterError lets a sentinel error keep its identity across processes:
// errors.Is(err, sentinel) then holds in the caller when it held in the worker.
// Call it in an init function or beside the variable, in code that the workers
// run too; name must be the same there, the import path and variable for
// example. It panics if err is nil or name is empty or taken.
func RegisterError(name string, err error) {
	if err == nil || name == "" {
		panic(fmt.Sprintf("ipc: RegisterError(%q, %v): neither may be empty", name, err))
	}
	sentinels.Lock()
	defer sentinels.Unlock()
	if sentinels.byName[name] != nil {
		panic(fmt.Sprintf("ipc: RegisterError(%q): the name is taken", name))
	}
	sentinels.byName[name] = err
}

// A failure is how a call failed, on its way to the caller.
type failure struct {
	Text   string
	Exact  string   // the sentinel the error is, not only wraps
	Is     []string // the sentinels it wraps
	Errnos []uint64
	Kind   failureKind
	Panic  string // what a panic that the error wraps panicked with
	Stack  []byte // of a panic, if the error is one or wraps one
	Size   int    // of a result that was too large
}

// What a failure may take of a message, so that no error is itself too large: a
// worker's stack is worth more than a cancellation's reasons.
const (
	maxFailureText = 64 << 10
	maxCauseText   = 1 << 10
	maxErrnos      = 16
	maxFailure     = 1 << 20
)

type failureKind uint8

const (
	failed failureKind = iota
	panicked
	exited   // runtime.Goexit
	heeded   // its ctx ended, and it said so
	tooLarge // the result exceeds the limit
)

var failureCodec = func() *wire.Codec[failure] {
	c, err := wire.Of[failure]()
	if err != nil {
		panic(err)
	}
	return c
}()

// packError encodes what err says, in the process where it happened, in at most
// maxFailure bytes. ctx is the function's.
func packError(ctx context.Context, err error) []byte { return pack(ctx, err, maxFailureText) }

// packCause encodes why a call is canceled: briefly, because the pipe takes
// at one stroke what is no longer than PIPE_BUF, and either all of it or nothing.
func packCause(cause error) []byte {
	data := pack(context.Background(), cause, maxCauseText)
	if len(data) > maxCause {
		data, _ = failureCodec.Append(nil, failure{Text: clip(errorText(cause), maxCauseText)})
	}
	return data
}

const maxCause = 4096 - headerSize - maxName

func pack(ctx context.Context, err error, maxText int) []byte {
	f := failure{Text: errorText(err)}
	// Is and Unwrap methods are the user's code and may panic: then the text,
	// and what was found until then, must do.
	_ = panics.Try(func() { f.classify(ctx, err) }, nil)
	f.Text, f.Panic = clip(f.Text, maxText), clip(f.Panic, maxText)
	f.Stack = f.Stack[:min(len(f.Stack), maxText)]
	f.Errnos = f.Errnos[:min(len(f.Errnos), maxErrnos)]
	data, _ := failureCodec.Append(nil, f) // it has nothing that cannot be encoded
	if len(data) > maxFailure {            // thousands of registered errors in one
		f.Is = nil
		data, _ = failureCodec.Append(nil, f)
	}
	return data
}

func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + " …"
}

func (f *failure) classify(ctx context.Context, err error) {
	switch pe, ok := err.(*PanicError); {
	case ok:
		f.Kind, f.Text, f.Stack = panicked, panicText(pe.Value), pe.Stack
	case err == panics.ErrGoexit:
		f.Kind = exited
	case ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))):
		f.Kind = heeded
	}
	if wrapped, ok := errors.AsType[*PanicError](err); ok && f.Kind != panicked && wrapped != nil {
		f.Panic, f.Stack = panicText(wrapped.Value), wrapped.Stack
	}
	if large, ok := err.(resultTooLarge); ok {
		f.Kind, f.Size = tooLarge, int(large)
	}
	sentinels.RLock()
	defer sentinels.RUnlock()
	for name, s := range sentinels.byName {
		if err == s {
			f.Exact = name
		}
		if errors.Is(err, s) {
			f.Is = append(f.Is, name)
		}
	}
	f.Errnos = errnos(err, nil)
}

// unpackError makes an error of what packError encoded. ctx is the caller's.
func unpackError(ctx context.Context, name string, limit int, data []byte) error {
	f, err := failureCodec.Decode(data)
	if err != nil {
		return fmt.Errorf("ipc: %s: its error cannot be read: %w", name, err)
	}
	if _, bounded := ctx.Deadline(); f.Kind == heeded && (bounded || ctx.Err() != nil) {
		// The other process may have looked at the clock a moment before this
		// one; more than a moment it need not be believed.
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
			return context.DeadlineExceeded
		}
	}
	var wrapped []error
	sentinels.RLock()
	exact := sentinels.byName[f.Exact]
	for _, n := range f.Is {
		if s := sentinels.byName[n]; s != nil {
			wrapped = append(wrapped, s)
		}
	}
	sentinels.RUnlock()
	for _, n := range f.Errnos {
		wrapped = append(wrapped, syscall.Errno(n))
	}
	if f.Kind != panicked && len(f.Stack) > 0 {
		wrapped = append(wrapped, &PanicError{Value: f.Panic, Stack: f.Stack})
	}
	switch {
	case f.Kind == panicked:
		var value any = f.Text
		if len(wrapped) > 0 {
			value = &RemoteError{Func: name, Text: f.Text, wrapped: wrapped}
		}
		return &PanicError{Value: value, Stack: f.Stack}
	case f.Kind == exited:
		return ErrGoexit
	case f.Kind == tooLarge:
		return &TooLargeError{Func: name, What: "result", Size: f.Size, Limit: limit}
	case exact != nil:
		return exact // so that err == io.EOF holds too
	}
	return &RemoteError{Func: name, Text: f.Text, wrapped: wrapped}
}

// errnos adds the system error numbers in err's tree to list.
func errnos(err error, list []uint64) []uint64 {
	switch e := err.(type) {
	case syscall.Errno:
		return append(list, uint64(e))
	case interface{ Unwrap() error }:
		return errnos(e.Unwrap(), list)
	case interface{ Unwrap() []error }:
		for _, branch := range e.Unwrap() {
			list = errnos(branch, list)
		}
	}
	return list
}

// A resultTooLarge is the size of a result that is beyond the limit.
type resultTooLarge int

func (n resultTooLarge) Error() string { return fmt.Sprintf("a result of %d bytes", int(n)) }

func errorText(err error) (text string) {
	if p := panics.Try(func() { text = err.Error() }, nil); p != nil {
		return fmt.Sprintf("%T, whose Error method panics", err)
	}
	return text
}

// panicText formats a panic's value; fmt itself survives a String or Error
// method that panics.
func panicText(v any) string { return fmt.Sprint(v) }
