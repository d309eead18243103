package shm

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// An encoded is items in their wire form.
type encoded struct {
	bytes []byte // of all, one behind the other, but for large ones that are copied from where they are
	ends  [batch]int
	items [batch]robust.Item
	n     int // items
}

// batch is how many items are encoded before some of them are put, and batchBytes how
// many bytes.
const (
	batch      = 64
	batchBytes = 256 << 10
)

var encodeds = sync.Pool{New: func() any { return new(encoded) }}

// keep is how large a buffer may be that is kept.
const keep = 4 << 20

// free gives e back for other calls.
func (e *encoded) free() {
	clear(e.items[:e.n])
	if cap(e.bytes) > keep {
		e.bytes = nil
	}
	encodeds.Put(e)
}

// encode appends an item to a buffer, within the limit.
func (q *Queue[T]) encode(ctx context.Context, b []byte, v T) ([]byte, error) {
	b, err := q.codec.AppendOn(b, v, wire.Terms{Ctx: ctx, Limit: q.bytes})
	if large, ok := errors.AsType[*wire.TooLargeError](err); ok {
		large.Func, large.What = "shm.Queue.Put", "item"
	}
	return b, err
}

// put encodes one item and puts it.
func (q *Queue[T]) put(ctx context.Context, v T, put func(ctx context.Context, items []robust.Item) (int, error)) (int, error) {
	if err := q.memory.usable(); err != nil {
		return 0, err
	}
	e := encodeds.Get().(*encoded)
	defer e.free()
	one := [1]T{v}
	if _, err := q.encodeSome(ctx, e, one[:]); err != nil {
		return 0, err
	}
	n, err := put(ctx, e.items[:1])
	return n, q.told(err)
}

// told tells a memory that was closed from a queue that was shut down.
func (q *Queue[T]) told(err error) error {
	if err == ErrClosed {
		return cmp.Or(q.memory.usable(), ErrClosed)
	}
	return err
}

// Put puts v into the queue. It blocks until there is room. If the queue is shut down, the
// memory is closed or ctx ends, it returns a *concurrent.PutError with v: that matches
// [ErrClosed] or is caused by context.Cause(ctx).
//
// An item that has more bytes than QueueOptions.MaxItem is an error that matches
// [ipc.TooLargeError], and one that cannot be encoded an error that says why.
func (q *Queue[T]) Put(ctx context.Context, v T) error {
	if ctx.Err() != nil {
		return &PutError[T]{Item: v, Err: context.Cause(ctx)}
	}
	_, err := q.put(ctx, v, q.q.Put)
	return putError(ctx, v, err)
}

// PutError is that of package concurrent.
type PutError[T any] = concurrent.PutError[T]

// putError returns err, with the item if it could be put another time.
func putError[T any](ctx context.Context, v T, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrClosed), ctx.Err() != nil && err == context.Cause(ctx):
		return &PutError[T]{Item: v, Err: err}
	}
	return err
}

// TryPut puts v into the queue if there is room. It returns [ErrFull] if there is none,
// and an error that matches [ErrClosed] after [Queue.Shutdown] and Close. It does not
// block. There is no room in a place that another goroutine is just filling or emptying.
// Errors of the item are those of [Queue.Put].
func (q *Queue[T]) TryPut(v T) error {
	n, err := q.put(context.Background(), v, q.tryPut)
	if n == 0 && err == nil {
		return ErrFull
	}
	return err
}

func (q *Queue[T]) tryPut(_ context.Context, items []robust.Item) (int, error) {
	return q.q.TryPut(items)
}

// PutAll puts items into the queue in their order. It blocks until all are put: it puts as
// many as there is room for, and waits for room for the rest. Items of other goroutines
// may come in between. It costs less than as many calls of [Queue.Put].
//
// PutAll returns how many items were put. The error matches [ErrClosed], is
// context.Cause(ctx), or is that of the first item that was not put: see Put.
func (q *Queue[T]) PutAll(ctx context.Context, items []T) (int, error) {
	switch {
	case q.memory.usable() != nil:
		return 0, q.memory.usable()
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	}
	e := encodeds.Get().(*encoded)
	defer e.free()
	put := 0
	for put < len(items) {
		n, failed := q.encodeSome(ctx, e, items[put:])
		for rest := e.items[:n]; len(rest) > 0; {
			done, err := q.q.Put(ctx, rest)
			put += done
			if err != nil {
				return put, q.told(err)
			}
			rest = rest[done:]
		}
		if failed != nil {
			return put, failed
		}
	}
	return put, nil
}

// encodeSome encodes the first of the items, and returns how many. The error is that of
// the next item.
func (q *Queue[T]) encodeSome(ctx context.Context, e *encoded, items []T) (n int, err error) {
	b := e.bytes[:0]
	for n < min(batch, len(items)) && len(b) < batchBytes {
		var raw bool
		if b, e.items[n], raw = rawItem(b, &items[n], q.bytes); !raw {
			if b, err = q.encode(ctx, b, items[n]); err != nil {
				break
			}
		}
		e.ends[n] = len(b)
		n++
	}
	for i, begin := 0, 0; i < n; i++ { // b does not move any more
		e.items[i].Head, begin = b[begin:e.ends[i]], e.ends[i]
	}
	e.bytes, e.n = b, n
	return n, err
}

// PutSeq puts the elements of seq into the queue one by one, as [Queue.Put] does, and
// returns how many it put. If it cannot put an element, it asks seq for no more, and
// returns the error of Put. If ctx has ended before, it asks seq for nothing and returns
// the cause, and so if seq itself ends after ctx.
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
	if ctx.Err() != nil {
		return n, context.Cause(ctx)
	}
	return n, nil
}

var _ *ipc.TooLargeError = (*wire.TooLargeError)(nil)
