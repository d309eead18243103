package fds

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/foreign"
)

// Interrupt makes the end of ctx interrupt what waits for a descriptor, through
// set, which sets a deadline such as that of os.File.SetReadDeadline. The caller
// calls end when the wait is over. Then the deadline is reset, and a later wait is
// not interrupted by this ctx.
func Interrupt(ctx context.Context, set func(time.Time) error) (end func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	done := make(chan struct{})
	stop := context.AfterFunc(foreign.Guard(ctx), func() {
		_ = set(time.Unix(1, 0))
		close(done)
	})
	return func() {
		if !stop() {
			<-done
			_ = set(time.Time{})
		}
	}
}

// Cause returns the cause of ctx if err comes from an [Interrupt] of ctx, and
// otherwise err.
func Cause(ctx context.Context, err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// RawError translates the error of a method of syscall.RawConn: that of a closed file,
// for which package os exports no name, is os.ErrClosed. Others stay what they are: a
// passed deadline, or a descriptor that the poller cannot watch.
func RawError(err error) error {
	if err != nil && err.Error() == "use of closed file" {
		return os.ErrClosed
	}
	return err
}

// Late returns raw with a Read that after the deadline still takes what is there, and
// waits for no more. The goroutine that reads may come to the processor later than that.
func Late(raw syscall.RawConn) syscall.RawConn { return late{raw} }

type late struct{ syscall.RawConn }

func (l late) Read(f func(fd uintptr) bool) error {
	err := l.RawConn.Read(f)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	done := false
	if failed := l.Control(func(fd uintptr) { done = f(fd) }); failed == nil && done {
		return nil
	}
	return err
}
