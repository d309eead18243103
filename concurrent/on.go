package concurrent

import (
	"context"
)

// On returns f as a function whose calls run on the workers of p. The result fits
// wherever a function is wanted, such as par.Map.
//
// A call blocks until its result is there. When ctx ends while the call is queued,
// the call leaves the queue and returns context.Cause(ctx). When ctx ends later,
// the call returns when f has returned. A panic or Goexit of f is raised in the
// caller. When the queue is full or the pool was shut down, the call does what
// [Submit] does, and returns the error.
//
// A call costs two allocations. On panics when f is nil.
func On[In, Out any](p *Pool, f func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	if f == nil {
		panic("concurrent: On of a nil function")
	}
	return func(ctx context.Context, in In) (out Out, err error) {
		done := ctx.Done() // before the task is queued: a method of ctx may panic
		t := &submitted[In, Out]{in: in, f: f}
		c := &t.future.core
		c.done = make(chan struct{})
		c.flags.Store(observed)
		p.submit(ctx, job{t, c}, 0)
		select {
		case <-c.done:
		case <-done:
			c.cancel(context.Cause(ctx))
			<-c.done
		}
		if c.failed == nil {
			return t.future.value, nil
		}
		c.failed.caught.Raise()
		err = c.failed.err
		if canceled, ok := err.(*CanceledError); ok && c.state() == Canceled { // not one that f has returned
			if canceled.Err == nil {
				return out, canceled.Cause
			}
			err = canceled.Err
		}
		return t.future.value, err
	}
}
