package concurrent

import (
	"context"
	"iter"
	"strings"

	"github.com/fanfold/fanfold/concurrent/internal/store"
)

// A PutError says that an item could not be put, and carries the item.
type PutError[T any] struct {
	// Item is the item that was not put.
	Item T
	// Err is [ErrClosed], or the cause of the context.
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

// Put puts v into the queue. It blocks until there is room. When the queue is shut
// down or ctx ends, it returns a *[PutError] with v. That error matches [ErrClosed]
// or is caused by context.Cause(ctx).
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

// putLate is a Put that has to wait.
func (q *Queue[T]) putLate(ctx context.Context, v T) error {
	if err := q.wait(ctx, &q.putters, func() store.Verdict { return q.items().Put(v) }); err != nil {
		return &PutError[T]{v, err}
	}
	q.changed(&q.getters)
	return nil
}

// TryPut puts v into the queue if there is room. It returns [ErrFull] when there is
// none, and [ErrClosed] when the queue was shut down. It does not block.
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

// PutAll puts items into the queue in their order. It blocks until all are put: it
// puts as many as there is room for, and waits for room for the rest. Items of
// other goroutines may come in between. When the queue is shut down or ctx ends, it
// returns how many items were put, and [ErrClosed] or context.Cause(ctx).
//
// When the comparison of a [NewPriorityQueue] panics, PutAll has put none of the items
// that there was room for at that time. Items that it put before it waited stay.
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

// PutSeq puts the elements of seq into the queue one by one, as Put does, and
// returns how many it put. When it cannot put an element, it asks seq for no more,
// and the *[PutError] carries that element. When ctx is done on entry, it asks seq
// for nothing and returns the cause as it is, and so when seq itself ends after ctx.
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
	return n, endedWith(ctx)
}
