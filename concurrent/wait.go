package concurrent

import (
	"context"
	"fmt"
	"sync/atomic"
)

// When says how long [Wait] waits.
type When int

const (
	AllCompleted   When = iota // until all futures have ended
	FirstCompleted             // until one has ended, in whatever way
	FirstError                 // until one has failed, which a cancellation is not, or all have ended
)

// Wait waits until enough of the futures have ended, and returns those that have
// and those that have not, each in the order of the arguments; pending ones go
// on. When ctx ends before that, err is context.Cause(ctx), and done and pending
// say how far they had come. With no futures there is nothing to wait for.
//
// Waiting for a future is not looking at how it ended: it may still be reported
// as a failure nobody looked at. It costs a few allocations for each future that
// has not ended. Wait panics when until is unknown or one of fs is nil. Python:
// concurrent.futures.wait, asyncio.wait.
func Wait[T any](ctx context.Context, until When, fs ...*Future[T]) (done, pending []*Future[T], err error) {
	if until < AllCompleted || until > FirstError {
		panic(fmt.Sprintf("concurrent: Wait: unknown When %d", int(until)))
	}
	checkFutures("Wait", fs)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	} else {
		err = await(ctx, until, fs)
	}
	for _, f := range fs {
		if f.core.ended() {
			done = append(done, f)
		} else {
			pending = append(pending, f)
		}
	}
	return done, pending, err
}

// await waits for what Wait waits for.
func await[T any](ctx context.Context, until When, fs []*Future[T]) error {
	if enough(until, fs) {
		return nil
	}
	reached := make(chan struct{}, 1)
	var left atomic.Int64
	left.Store(int64(len(fs)))
	watching := make([]callback, len(fs))
	for i, f := range fs {
		watching[i].Value = func() {
			all := left.Add(-1) == 0
			if all || until == FirstCompleted || until == FirstError && f.core.broken() {
				select {
				case reached <- struct{}{}:
				default:
				}
			}
		}
		if !f.core.watch(&watching[i], 0) {
			watching[i].Value()
		}
	}
	defer func() {
		for i, f := range fs {
			f.core.unwatch(&watching[i])
		}
	}()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		if enough(until, fs) {
			return nil
		}
		return context.Cause(ctx)
	}
}

// enough reports whether nothing is to be waited for.
func enough[T any](until When, fs []*Future[T]) bool {
	all := true
	for _, f := range fs {
		switch {
		case !f.core.ended():
			all = false
		case until == FirstCompleted, until == FirstError && f.core.broken():
			return true
		}
	}
	return all
}

// broken reports whether c, which has ended, has failed.
func (c *core) broken() bool { return c.state() == Done && c.failed != nil }
