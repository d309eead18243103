package manager

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A Queue is a proxy of a queue in the server, the oldest item first. All methods are safe
// for concurrent use. Calls that wait are served in the order in which they came. An item
// that was given to a process that dies is lost.
//
// ("multiprocessing.managers.SyncManager.JoinableQueue")
type Queue[T any] struct{ proxy }

// NewQueue makes a queue for maxsize items, −1 for any number, or finds the one of its name.
// It blocks until the server has answered. It panics if maxsize is 0 or below −1, if a T
// cannot travel, or if more than one ObjectOptions is given.
func NewQueue[T any](ctx context.Context, m *Manager, maxsize int, options ...ObjectOptions) (*Queue[T], error) {
	mustSize("NewQueue", maxsize)
	p, err := create(ctx, m, msg.Queue, codecOf[T]().Hash(), nameOf("NewQueue", options), msg.Int(nil, maxsize))
	if err != nil {
		return nil, err
	}
	return &Queue[T]{p}, nil
}

func mustSize(function string, n int) {
	if n == 0 || n < -1 {
		panic(fmt.Sprintf("manager: %s: a size of %d, want 1 or more, or −1", function, n))
	}
}

// Put adds an item. It blocks while the queue is full. After Shutdown the error matches
// [ErrClosed]. A ctx that ends while the server does not answer is a [*CallError].
func (q *Queue[T]) Put(ctx context.Context, v T) error { return q.put(ctx, "Put", msg.Put, v) }

// TryPut adds an item if there is room: if not, the error is [ErrFull].
func (q *Queue[T]) TryPut(ctx context.Context, v T) error {
	return q.put(ctx, "TryPut", msg.TryPut, v)
}

func (q *Queue[T]) put(ctx context.Context, method string, op msg.Op, v T) error {
	args, err := appendValue(nil, codecOf[T](), v)
	if err == nil {
		_, err = q.call(ctx, method, op, args)
	}
	return err
}

// Get takes the oldest item. It blocks while there is none. After Shutdown, without an item,
// the error matches [ErrClosed].
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	items, err := q.take(ctx, "Get", msg.Take, 1)
	return first(items), err
}

// TryGet takes the oldest item: if there is none the error is [ErrEmpty].
func (q *Queue[T]) TryGet(ctx context.Context) (T, error) {
	items, err := q.take(ctx, "TryGet", msg.TryTake, 1)
	return first(items), err
}

// GetMany takes up to n items, at least one: it blocks while there is none. It panics if
// n is less than 1.
func (q *Queue[T]) GetMany(ctx context.Context, n int) ([]T, error) {
	if n < 1 {
		panic(fmt.Sprintf("manager: GetMany: %d items, want 1 or more", n))
	}
	return q.take(ctx, "GetMany", msg.Take, n)
}

func first[T any](items []T) (v T) {
	if len(items) > 0 {
		v = items[0]
	}
	return v
}

func (q *Queue[T]) take(ctx context.Context, method string, op msg.Op, n int) ([]T, error) {
	payload, err := q.wait(ctx, method, op, msg.Int(nil, n), func(s *session.Session, payload []byte) {
		s.Post(msg.Insert, q.id, payload)
	})
	if err != nil {
		return nil, err
	}
	r := msg.Reader{B: payload}
	items := make([]T, r.Count())
	for i := range items {
		if items[i], err = readValue(&r, codecOf[T]()); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// All takes items until the queue is shut down, or ctx ends: then it yields the error.
func (q *Queue[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := q.Get(ctx)
			if errors.Is(err, errShut) {
				return
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// TaskDone says that an item was worked on: see Join. If ctx has ended it does so without
// waiting for the server. More calls than items are an error matching [ErrMisuse].
func (q *Queue[T]) TaskDone(ctx context.Context) error {
	return q.give(ctx, "TaskDone", msg.Done, msg.Int(nil, 1))
}

// Join blocks until all items that were put were taken and worked on.
func (q *Queue[T]) Join(ctx context.Context) error {
	_, err := q.wait(ctx, "Join", msg.Join, nil, nil)
	return err
}

// Shutdown ends the queue: calls of Put fail, and those of Get when there is no item left.
// With immediate the items are dropped.
func (q *Queue[T]) Shutdown(ctx context.Context, immediate bool) error {
	n := 0
	if immediate {
		n = 1
	}
	_, err := q.call(ctx, "Shutdown", msg.Shutdown, msg.Int(nil, n))
	return err
}

// Len returns the number of items.
func (q *Queue[T]) Len(ctx context.Context) (int, error) { return q.number(ctx, "Len", msg.Len, nil) }

// MaxSize returns how many items there may be; −1 for any number.
func (q *Queue[T]) MaxSize(ctx context.Context) (int, error) {
	return q.number(ctx, "MaxSize", msg.State, nil)
}

// SetMaxSize changes how many items there may be. It panics as NewQueue does. Items that
// are too many stay.
func (q *Queue[T]) SetMaxSize(ctx context.Context, n int) error {
	mustSize("SetMaxSize", n)
	_, err := q.call(ctx, "SetMaxSize", msg.Resize, msg.Int(nil, n))
	return err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (q *Queue[T]) MarshalBinary() ([]byte, error) { return q.marshal() }

// UnmarshalBinary makes q the proxy that MarshalBinary has encoded.
func (q *Queue[T]) UnmarshalBinary(data []byte) error {
	return q.unmarshal(data, msg.Queue, codecOf[T]().Hash())
}
