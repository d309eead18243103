package remote

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/indexed"
	"github.com/fanfold/fanfold/internal/panics"
	"github.com/fanfold/fanfold/internal/wire"
)

// Unpack makes an error of what [Pack] or [PackCause] encoded in another process,
// which need not be trusted. ctx is that of the caller, name the function that failed,
// and limit the largest result in bytes. Unpack never returns nil.
//
// The error is a [*CallError] if the function failed because its ctx ended. Unpack
// then waits until ctx has ended here too, for 100 ms at most. It is a
// *wire.TooLargeError for a result beyond the limit, a sentinel that was returned as it
// is, and otherwise an [*Error]. The last two are in an *indexed.IndexError if they are of
// one argument of a chunk.
func Unpack(ctx context.Context, name string, limit int, data []byte) error {
	f, err := codec.Decode(data)
	if err != nil {
		return fmt.Errorf("ipc: %s: its error cannot be read: %w", name, err)
	}
	if _, bounded := ctx.Deadline(); f.Kind == heeded && (bounded || ctx.Err() != nil) {
		// The other process may have looked at the clock a moment before this one. It is
		// not believed for more than a moment.
		select {
		case <-ctx.Done():
			return &CallError{Func: name, Started: true, Err: context.Cause(ctx)}
		case <-time.After(100 * time.Millisecond):
			return &CallError{Func: name, Started: true, Err: context.DeadlineExceeded}
		}
	}
	if f.Kind == tooLarge {
		return &wire.TooLargeError{Func: name, What: "result", Size: f.Size, Limit: limit, Partial: f.Partial}
	}
	wrapped, err := f.wrapped()
	if err == nil { // else err == io.EOF holds, too
		err = &Error{Func: name, Text: f.Text, wrapped: wrapped}
	}
	if f.Item > 0 {
		return &indexed.IndexError{Index: f.Item - 1, Err: err}
	}
	return err
}

// wrapped returns what the error wrapped, and the sentinel that it was, if it was one.
func (f *failure) wrapped() (list []error, exact error) {
	exact = sentinel(f.Exact)
	for _, n := range f.Is {
		if s := sentinel(n); s != nil {
			list = append(list, s)
		}
	}
	for _, n := range f.Errnos {
		list = append(list, syscall.Errno(n))
	}
	if len(f.Stack) > 0 || f.Panic != "" {
		list = append(list, &panics.PanicError{Value: f.Panic, Stack: f.Stack})
	}
	return list, exact
}
