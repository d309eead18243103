package concurrent

import (
	"context"
	"iter"
	"strings"

	"github.com/fanfold/fanfold/concurrent/internal/store"
)

// PutError is the error of an item that could not be put, and carries it.
type PutError[T any] struct {
	// Item is what was not put.
	Item T
	// Err is [ErrClosed], or the cause of the context's end.
	Err error
}

// Error returns the text of Err, without the item.
func (e *PutError[T]) Error() string {
	if e == nil || e.Err == nil {
		return "concurrent: item not put"
	}
	text := e.Err.Error()
	for _, prefix := range [...]string{"concurrent: ", "fanfold: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return "concurrent: item not put: " + text
}

// Unwrap returns Err.
func (e *PutError[T]) Unwrap() error { return e.Err }

// Put puts v into the queue, waiting for room. It fails with a *[PutError], which
// carries v, when the queue is or gets shut down ([ErrClosed]) and when ctx is
// done (its cause).
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	if ctx.Err() != nil {
		return &PutError[T]{v, context.Cause(ctx)}
	}
	if q.putters.state.Load()&hungry == 0 {
		var verdict store.Verdict
		if q.fifo != nil { // not in a method of its own: this is the call that counts
			verdict = q.fifo.Put(v)
		} else {
			verdict = q.items().Put(v)
		}
		switch verdict {
		case store.Yes:
			q.changed(&q.getters)
			return nil
		case store.Never:
			return &PutError[T]{v, ErrClosed}
		}
	}
	return q.putLate(ctx, v)
}

// putLate is Put for those who have to wait.
func (q *Queue[T]) putLate(ctx context.Context, v T) error {
	if err := q.wait(ctx, &q.putters, func() store.Verdict { return q.items().Put(v) }); err != nil {
		return &PutError[T]{v, err}
	}
	q.changed(&q.getters)
	return nil
}

// TryPut puts v into the queue if that needs no waiting; else it returns
// [ErrFull], or [ErrClosed] when the queue was shut down.
func (q *Queue[T]) TryPut(v T) error {
	switch q.items().Put(v) {
	case store.Yes:
		q.changed(&q.getters)
		return nil
	case store.Never:
		return ErrClosed
	default:
		return ErrFull
	}
}

// PutAll puts items into the queue in their order, as many at a time as there is
// room for, and waits for room for the rest; items of others may come in between.
// When the queue is or gets shut down, or ctx is done, it returns how many were put
// before, and [ErrClosed] or the cause.
func (q *Queue[T]) PutAll(ctx context.Context, items []T) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	rest := items
	try := func() store.Verdict {
		n, verdict := q.items().PutMany(rest)
		rest = rest[n:]
		return verdict
	}
	defer q.changed(&q.getters) // try may panic after some
	for len(rest) > 0 {
		verdict := store.NotYet
		if q.putters.state.Load()&hungry == 0 {
			verdict = try()
		}
		var err error
		switch verdict {
		case store.Never:
			err = ErrClosed
		case store.NotYet:
			err = q.wait(ctx, &q.putters, try)
		}
		if err != nil {
			return len(items) - len(rest), err
		}
		q.changed(&q.getters)
		if len(rest) > 0 && ctx.Err() != nil { // getters that keep up may never let it wait
			return len(items) - len(rest), context.Cause(ctx)
		}
	}
	return len(items), nil
}

// PutSeq puts the elements of seq into the queue, one by one as Put does, and
// returns how many it put. The element that it could not put is in the *[PutError],
// and seq is not asked for more. A ctx that is done on entry asks seq for nothing.
func (q *Queue[T]) PutSeq(ctx context.Context, seq iter.Seq[T]) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	for v := range seq {
		if err := q.Put(ctx, v); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
