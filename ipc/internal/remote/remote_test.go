package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

var errRegistered = errors.New("registered")

func init() { Register("remote.errRegistered", errRegistered) }

// There and back, without another process between.
func travel(err error) error {
	return Unpack(context.Background(), "f", 100, Pack(context.Background(), err))
}

func TestTextAndSentinelsTravel(t *testing.T) {
	err := travel(fmt.Errorf("reading: %w", errors.Join(
		&fs.PathError{Op: "open", Path: "file", Err: syscall.ENOENT}, errRegistered, errors.New("unknown"))))
	require.EqualError(t, err, "reading: open file: "+syscall.ENOENT.Error()+"\nregistered\nunknown")
	for _, want := range []error{fs.ErrNotExist, syscall.ENOENT, errRegistered} {
		require.ErrorIs(t, err, want)
	}
	require.NotErrorIs(t, err, io.EOF)
	e, ok := errors.AsType[*Error](err)
	require.True(t, ok)
	require.Equal(t, "f", e.Func)
}

// A sentinel that is returned as it is stays what it is.
func TestExactErrors(t *testing.T) {
	for _, err := range []error{io.EOF, errRegistered, context.Canceled, os.ErrProcessDone, panics.ErrGoexit} {
		require.True(t, err == travel(err), err)
	}
}

func TestPanicsTravel(t *testing.T) {
	stack := []byte("goroutine 1 …")
	for text, v := range map[string]any{"boom": "boom", "7": 7, "inner: EOF": fmt.Errorf("inner: %w", io.EOF)} {
		err := travel(Panicked("f", &panics.PanicError{Value: v, Stack: stack}))
		require.IsType(t, &Error{}, err, "another process's panic is an error like others")
		require.EqualError(t, err, "panic: "+text+"\n\n"+string(stack))
		pe, ok := errors.AsType[*panics.PanicError](err)
		require.True(t, ok)
		require.Equal(t, &panics.PanicError{Value: text, Stack: stack}, pe)
		require.Equal(t, text == "inner: EOF", errors.Is(err, io.EOF))
	}

	err := travel(fmt.Errorf("outer: %w", &panics.PanicError{Value: "boom", Stack: stack}))
	require.IsType(t, &Error{}, err)
	pe, ok := errors.AsType[*panics.PanicError](err)
	require.True(t, ok)
	require.Equal(t, &panics.PanicError{Value: "boom", Stack: stack}, pe)

	err = travel(fmt.Errorf("no stack: %w", &panics.PanicError{Value: "boom"}))
	_, ok = errors.AsType[*panics.PanicError](err)
	require.True(t, ok)

	require.EqualError(t, travel(fmt.Errorf("empty: %w", nilPanic{})), "empty: nil panic")
}

// A nilPanic claims to be a *PanicError, and is a nil one.
type nilPanic struct{}

func (nilPanic) Error() string { return "nil panic" }
func (nilPanic) As(target any) bool {
	p, ok := target.(**panics.PanicError)
	if ok {
		*p = nil
	}
	return ok
}

func TestResultTooLarge(t *testing.T) {
	require.Equal(t, &wire.TooLargeError{Func: "f", What: "result", Size: 101, Limit: 100}, travel(ResultTooLarge{Size: 101}))
	require.IsType(t, &Error{}, travel(fmt.Errorf("inner: %w", ResultTooLarge{Size: 101})))
}

// A hostile error panics in all of its methods.
type hostile struct{}

func (hostile) Error() string   { panic("Error") }
func (hostile) Is(error) bool   { panic("Is") }
func (hostile) Unwrap() []error { panic("Unwrap") }

// A loop wraps itself, and something else before that.
type loop struct{}

func (*loop) Error() string     { return "loop" }
func (l *loop) Unwrap() []error { return []error{syscall.ENOSPC, errRegistered, l, l} }

// What an error that contains itself wraps is found, and the search ends.
func TestErrorThatContainsItself(t *testing.T) {
	err := travel(fmt.Errorf("outer: %w", &loop{}))
	require.EqualError(t, err, "outer: loop")
	require.ErrorIs(t, err, errRegistered)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.LessOrEqual(t, len(PackCause(&loop{}, 1000)), 1000)
}

func TestMethodsThatPanic(t *testing.T) {
	require.EqualError(t, travel(hostile{}), "remote.hostile, whose Error method panics")
}

// A function whose ctx has ended says so, and its caller gets the cause of the ctx that
// is its own.
func TestHeeded(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	data := Pack(over, fmt.Errorf("stopped: %w", context.Canceled))

	why := errors.New("enough")
	ctx, end := context.WithCancelCause(t.Context())
	end(why)
	require.Equal(t, &CallError{Func: "f", Started: true, Err: why}, Unpack(ctx, "f", 0, data))

	// A caller whose ctx cannot end did not end it.
	err := Unpack(context.Background(), "f", 0, data)
	require.EqualError(t, err, "stopped: context canceled")
	require.ErrorIs(t, err, context.Canceled)
}

// The clock of the other process may be a moment ahead, and no more.
func TestHeededEarly(t *testing.T) {
	over, cancel := context.WithTimeout(t.Context(), -1)
	defer cancel()
	data := Pack(over, context.DeadlineExceeded)
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Millisecond, why)
		defer cancel()
		require.Equal(t, &CallError{Func: "f", Started: true, Err: why}, Unpack(ctx, "f", 0, data))

		begun := time.Now()
		ctx, cancel = context.WithTimeoutCause(t.Context(), time.Hour, why)
		defer cancel()
		require.ErrorIs(t, Unpack(ctx, "f", 0, data), context.DeadlineExceeded)
		require.Equal(t, 100*time.Millisecond, time.Since(begun))
	})
}

// However large an error is, what travels of it is not.
func TestLargeErrors(t *testing.T) {
	large := errors.New("large: " + strings.Repeat("é", 10<<20))
	err := travel(fmt.Errorf("%w: %w", io.EOF, large))
	require.ErrorIs(t, err, io.EOF)
	require.True(t, strings.HasPrefix(err.Error(), "EOF: large: éé"))
	require.LessOrEqual(t, len(err.Error()), maxText+len(" …"))
	require.NotContains(t, err.Error(), "\ufffd", "cut in the middle of a character")

	stack := []byte(strings.Repeat("x", 10<<20))
	require.LessOrEqual(t, len(Pack(t.Context(), &panics.PanicError{Value: large, Stack: stack})), MaxSize)

	many := make([]error, 1000)
	for i := range many {
		many[i] = syscall.EPERM
	}
	e, ok := errors.AsType[*Error](travel(errors.Join(many...)))
	require.True(t, ok)
	require.LessOrEqual(t, len(e.Unwrap()), maxErrnos+1) // and fs.ErrPermission
}

func TestPackCause(t *testing.T) {
	const limit = 3 << 10
	cause := errors.Join(io.EOF, errors.New(strings.Repeat("x", 10_000)))
	data := PackCause(cause, limit)
	require.LessOrEqual(t, len(data), limit)
	err := Unpack(context.Background(), "f", 0, data)
	require.ErrorIs(t, err, io.EOF)
	require.True(t, strings.HasPrefix(err.Error(), "EOF\nxxx"))

	// What is too much loses all but its text.
	data = PackCause(&panics.PanicError{Value: "boom", Stack: make([]byte, 10_000)}, 500)
	require.LessOrEqual(t, len(data), limit)
	require.IsType(t, &Error{}, Unpack(context.Background(), "f", 0, data))
}

func TestRegisterMisused(t *testing.T) {
	require.PanicsWithValue(t, `ipc: RegisterError("remote.errRegistered"): the name is taken`,
		func() { Register("remote.errRegistered", io.EOF) })
	require.PanicsWithValue(t, `ipc: RegisterError("", EOF): neither may be empty`, func() { Register("", io.EOF) })
	require.PanicsWithValue(t, `ipc: RegisterError("x", <nil>): neither may be empty`, func() { Register("x", nil) })
}

// An error from another process is as hostile as anything else from there.
func FuzzUnpack(f *testing.F) {
	f.Add(Pack(context.Background(), errors.Join(io.EOF, context.Canceled)))
	f.Add([]byte("?"))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := Unpack(context.Background(), "f", 1, data)
		require.Error(t, err)
		_ = err.Error()
	})
}
