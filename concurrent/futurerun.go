package concurrent

import (
	"context"

	"github.com/fanfold/fanfold/internal/panics"
)

// start makes a pending future a running one. It returns false if it was
// canceled, or if its context has ended: then it is canceled now.
func (c *core) start() bool {
	if c.parent != nil && c.parent.Err() != nil {
		c.cancel(context.Cause(c.parent))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state() != Pending {
		return false
	}
	c.flags.Store(c.flags.Load() | uint32(Running))
	return true
}

// perform starts f, unless it was canceled, calls call, which calls fn, with f's context,
// and ends f with what came of it. It does not return if fn calls Goexit.
//
// A panic of what the user made beside fn, of a method of the parent context or of the
// error, ends f as one of fn does: there is nobody else to raise it in.
func (f *Future[T]) perform(call func(context.Context) (T, error), fn any) { f.carry(false, call, fn) }

// carry is perform of a future that may have been started before.
func (f *Future[T]) carry(started bool, call func(context.Context) (T, error), fn any) {
	var value T
	state, failure := Canceled, (*failed)(nil)
	exit := func(caught *panics.Caught) {
		var none T
		f.finish(none, Done, f.core.failure(resultOf(nil, caught), fn))
	}
	caught := panics.Try(func() {
		if started || f.core.start() {
			v, err := call(f.core.context())
			state, failure = f.core.verdict(result{err: err}, fn)
			value = v
		}
	}, exit)
	switch {
	case caught != nil:
		exit(caught)
	case state == Done || failure != nil: // it was started
		f.finish(value, state, failure)
	}
}

// end ends f with what its function returned, and reports whether it had not ended
// before. fn is the function, for its name.
func (f *Future[T]) end(value T, r result, fn any) bool {
	state, failed := f.core.verdict(r, fn)
	return f.finish(value, state, failed)
}

// finish ends f in a final state, and reports whether it had not ended before.
func (f *Future[T]) finish(value T, state FutureState, failed *failed) bool {
	f.core.mu.Lock()
	if f.core.ended() {
		f.core.mu.Unlock()
		return false
	}
	f.value = value
	f.core.seal(state, failed)
	return true
}

// verdict says in which state a function that ended so leaves its future. It asks
// errors that may have code of the user's, so no lock is held.
func (c *core) verdict(r result, fn any) (FutureState, *failed) {
	if r.err == nil {
		return Done, nil
	}
	if ctx := c.context(); r.caught == nil && ctx.Err() != nil && onlyEnd(ctx, r.err) {
		return Canceled, &failed{err: &CanceledError{Cause: context.Cause(ctx), Err: r.err}}
	}
	return Done, c.failure(r, fn)
}

// failure returns what c fails with when fn ended so.
func (c *core) failure(r result, fn any) *failed {
	return &failed{err: r.err, caught: r.caught, name: c.name(), pc: pcOf(fn)}
}

// fail ends c, whose function will not be called, with err.
func (c *core) fail(err error) {
	failure := &failed{err: err, name: c.name()}
	c.mu.Lock()
	if c.ended() {
		c.mu.Unlock()
		return
	}
	c.seal(Done, failure)
}
