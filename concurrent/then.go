package concurrent

import "context"

// Then returns the future of next, called with the value of f. When f has its
// value, next is called in a new goroutine, with a context derived from ctx. Then
// does not block, and costs no goroutine before that.
//
// If f fails or is canceled, next is not called, and the new future ends as f did.
// That counts as observing f. If ctx ends or the new future is canceled before f
// has ended, the new future is Canceled at once. f continues then, because other
// goroutines may wait for it. Python: asyncio's tasks that await other tasks.
//
// Then panics when f or next is nil.
func Then[A, B any](ctx context.Context, f *Future[A], next func(context.Context, A) (B, error)) *Future[B] {
	if f == nil || next == nil {
		panic("concurrent: Then of a nil future or function")
	}
	t := &chained[A, B]{from: f, next: next}
	t.future.core.parent = ctx
	if ctx.Err() != nil {
		t.future.core.cancel(context.Cause(ctx))
		return &t.future
	}
	var stop func() bool
	if ctx.Done() != nil && !f.core.ended() { // before f knows of t: a method of ctx may panic
		stop = context.AfterFunc(ctx, func() { t.future.core.cancel(context.Cause(ctx)) })
	}
	t.begin.Value = t
	if !f.core.watch(&t.begin, observed) {
		if stop != nil {
			stop()
		}
		callAll(t.ended())
		return &t.future
	}
	over := &callback{Value: plain(func() {
		f.core.unwatch(&t.begin)
		if stop != nil {
			stop()
		}
	})}
	if !t.future.core.watch(over, 0) {
		over.Value.ended()
	}
	return &t.future
}

// chained is a future that begins when another ends.
type chained[A, B any] struct {
	future Future[B]
	from   *Future[A]
	next   func(context.Context, A) (B, error)
	begin  callback // at the end of from
}

// ended is called when from has ended.
func (t *chained[A, B]) ended() *callback {
	c := &t.future.core
	state, failure := t.from.core.state(), t.from.core.failed
	if failure == nil {
		if !c.ended() {
			go t.run()
		}
		return nil
	}
	t.from, t.next = nil, nil
	c.mu.Lock()
	if c.ended() {
		c.mu.Unlock()
		return nil
	}
	return c.sealed(state, failure.again())
}

func (t *chained[A, B]) run() {
	from, next := t.from, t.next
	t.from, t.next = nil, nil // not kept for as long as the future is
	t.future.perform(func(ctx context.Context) (B, error) { return next(ctx, from.value) }, next)
}
