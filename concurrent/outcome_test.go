package concurrent_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
)

// mustPanic checks that each function panics with a text of the package's that
// contains its name.
func mustPanic(t *testing.T, cases map[string]func()) {
	t.Helper()
	for want, f := range cases {
		t.Run(want, func(t *testing.T) {
			defer func() {
				text, ok := recover().(string)
				require.True(t, ok)
				assert.Regexp(t, "^concurrent: ", text)
				assert.Contains(t, text, want)
			}()
			f()
		})
	}
}

// caught calls f and returns the panic that came out of it, which must be a
// *PanicError with a stack; nil if none did.
func caught(t *testing.T, f func()) (pe *concurrent.PanicError) {
	t.Helper()
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		var ok bool
		pe, ok = v.(*concurrent.PanicError)
		require.True(t, ok, "panic with %T %v", v, v)
		assert.NotEmpty(t, pe.Stack, "panic with %T %v", v, v)
	}()
	f()
	return nil
}

// exited calls f in a goroutine and reports whether it ended by runtime.Goexit.
func exited(f func()) bool {
	returned := make(chan bool)
	go func() {
		defer close(returned)
		f()
		returned <- true
	}()
	return !<-returned
}

func explode() { panic(errA) }

func goexit() { runtime.Goexit() }

// flat returns the errors that err joins, one after the other.
func flat(err error) []error {
	if err == nil {
		return nil
	}
	list, ok := err.(interface{ Unwrap() []error })
	if _, canceled := err.(*concurrent.CanceledError); !ok || canceled || len(list.Unwrap()) == 0 {
		return []error{err}
	}
	var all []error
	for _, err := range list.Unwrap() {
		all = append(all, flat(err)...)
	}
	return all
}

// wantErrors checks that err joins exactly want, in that order.
func wantErrors(t *testing.T, err error, want ...error) {
	t.Helper()
	got := flat(err)
	same := len(got) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = errors.Is(got[i], want[i])
	}
	assert.True(t, same, "got errors %q", got)
}

// A loop is an error that wraps itself.
type loop struct{ _ int }

func (*loop) Error() string   { return "loop" }
func (l *loop) Unwrap() error { return l }

// A function that returns an error that contains itself, after the end of its context,
// has failed with that.
func TestErrorThatContainsItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := &loop{}
		f := concurrent.Go(t.Context(), func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, failure })
		synctest.Wait()
		f.Cancel(&loop{})
		assert.Equal(t, failure, f.Err(background))
		canceled := &concurrent.CanceledError{Cause: &loop{}}
		assert.True(t, canceled.Is(context.Canceled))
		_, err := concurrent.Retry(t.Context(), func(context.Context) (int, error) { return 0, &loop{} }, concurrent.RetryOptions{Attempts: 2})
		retried, ok := err.(*concurrent.RetryError)
		require.True(t, ok)
		assert.Equal(t, 2, retried.Attempts)
	})
}
