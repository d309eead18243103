package concurrent

import (
	"context"
	"fmt"
	"sync/atomic"
)

// When is the condition that [Wait] waits for.
type When int

const (
	AllCompleted   When = iota // until all futures have ended
	FirstCompleted             // until one has ended
	FirstError                 // until one has failed or all have ended; a cancellation is no failure
)

// Wait blocks until enough futures have ended. It returns the futures that have
// ended and those that have not, each in the order of the arguments. Pending
// futures continue. When ctx ends first, or is done on entry, err is
// context.Cause(ctx), and done and pending show the current state. Without futures
// Wait returns at once. Python: concurrent.futures.wait, asyncio.wait.
//
// Waiting for a future does not observe how it ended: its failure may still go to
// the failure hook. Wait costs a few allocations for each future that has not
// ended. It panics when until is unknown or one of fs is nil.
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
		watching[i].Value = plain(func() {
			all := left.Add(-1) == 0
			if all || until == FirstCompleted || until == FirstError && f.core.broken() {
				select {
				case reached <- struct{}{}:
				default:
				}
			}
		})
		if !f.core.watch(&watching[i], 0) {
			watching[i].Value.ended()
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
