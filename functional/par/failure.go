package par

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/internal/chain"
	"github.com/fanfold/fanfold/internal/panics"
)

// A failure is an item that ended in an error, a panic or a Goexit.
type failure struct {
	index  int // of the first item that the function was called for
	item   int // the one to report
	err    error
	caught *panics.Caught // of a panic or a Goexit, which err then tells of
}

// failedBy returns the failure of an item that was caught.
func failedBy(index int, caught *panics.Caught) failure {
	return failure{index, index, caught.Err(), caught}
}

// asError returns the error of f with the index of its item, also when the function
// returned an *IndexError: that is of an operator within the function.
func (f failure) asError() error { return &functional.IndexError{Index: f.item, Err: f.err} }

// fatal reports whether f stops everything even when all errors are wanted.
func (f failure) fatal() bool { return f.caught != nil }

// failures holds what has gone wrong in one call.
type failures struct {
	mu     sync.Mutex
	first  failure   // the lowest that stops the call; err is nil when none does
	others []failure // the errors of a call that wants all of them
}

// stop records f unless one with a lower index is there, and reports whether it
// did. An error that merely reports the cancellation which an earlier failure
// caused is not recorded.
func (fs *failures) stop(f failure) bool {
	echo := !f.fatal() && chain.Is(f.err, context.Canceled) // may be the user's code: not under the lock
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.first.err != nil && (echo || fs.first.index <= f.index) {
		return false
	}
	fs.first = f
	return true
}

// lowest returns the failure that stops the call, if there is one.
func (fs *failures) lowest() (failure, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.first, fs.first.err != nil
}

// add records f beside the others.
func (fs *failures) add(f failure) {
	fs.mu.Lock()
	fs.others = append(fs.others, f)
	fs.mu.Unlock()
}

// joined returns the noted errors in the order of their items, and then last,
// if any, as one. It must not be called while one can still be noted.
func (fs *failures) joined(last error) error {
	if len(fs.others) == 0 {
		return last
	}
	slices.SortFunc(fs.others, func(a, b failure) int { return cmp.Compare(a.index, b.index) })
	errs := make([]error, 0, len(fs.others)+1)
	for _, f := range fs.others {
		errs = append(errs, f.asError())
	}
	return errors.Join(append(errs, last)...)
}

// failedWith returns the failure of an item whose function returned err.
func failedWith(index int, err error) failure { return failure{index: index, item: index, err: err} }

// failedWithin returns the failure of a function that was called for the items
// [lo, hi). An *IndexError names the item of these, counted from base.
func failedWithin(lo, hi, base int, err error) failure {
	f := failedWith(lo, err)
	at, named := err.(*functional.IndexError)
	if named && at != nil && at.Index >= lo-base && at.Index < hi-base {
		f.item, f.err = base+at.Index, at.Err
	}
	return f
}

// fail notes that item i failed with err.
func (c *call) fail(i int, err error) { c.note(failedWith(i, err)) }

// note notes that an item failed.
func (c *call) note(f failure) {
	switch {
	case f.fatal():
	case endOf(c.ctx.Context, f.err):
		c.giveUp()
		return
	case c.allErrors:
		c.add(f)
		return
	}
	if c.stop(f) {
		for {
			limit := c.limit.Load()
			if limit <= int64(f.index) || c.limit.CompareAndSwap(limit, int64(f.index)) {
				break
			}
		}
		c.ctx.end()
	}
}

// giveUp starts no further item, because the caller's context has ended.
func (c *call) giveUp() {
	c.cut.Store(true)
	c.limit.Store(0)
}

// endOf reports whether err says no more than that ctx has ended. A panic in another
// process is news, whatever it panicked with.
func endOf(ctx context.Context, err error) bool {
	if ctx.Err() == nil || !chain.Is(err, ctx.Err()) && !chain.Is(err, context.Cause(ctx)) {
		return false
	}
	_, panicked := chain.AsType[*PanicError](err)
	return !panicked
}

// guard calls f, which calls the user's functions, in the caller: a panic is
// raised as it would be from a worker.
func guard(f func()) { panics.Try(f, nil).Raise() }
