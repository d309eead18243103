package shm

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// Get takes the next item. It blocks until there is one. It returns [ErrClosed] if the
// queue was shut down and has no items left, and context.Cause(ctx) if ctx ends first, or
// has ended before. After Close the error matches ErrClosed, too.
//
// An item that cannot be decoded, because its UnmarshalBinary method fails, is taken
// nevertheless.
func (q *Queue[T]) Get(ctx context.Context) (v T, err error) {
	if err := q.memory.usable(); err != nil {
		return v, err
	}
	g, err := q.q.Get(ctx, 1)
	if err != nil {
		return v, q.told(err)
	}
	defer g.Finish()
	return q.decode(g, 0)
}

// decode returns item n of what was taken.
func (q *Queue[T]) decode(g *robust.Got, n int) (T, error) {
	src := g.Item(n)
	var v T
	var err error
	if !rawValue(src, &v) {
		v, err = q.codec.Decode(src)
	}
	switch {
	case q.memory.m.Closed(): // meanwhile, so that the bytes may be another item's
		return *new(T), errClosed
	case err != nil:
		return v, fmt.Errorf("shm: an item of a queue: %w", err)
	}
	return v, nil
}

// TryGet takes the next item if there is one. It returns [ErrEmpty] if there is none, and
// an error matching [ErrClosed] if the queue was also shut down, and after Close. It does
// not block.
func (q *Queue[T]) TryGet() (v T, err error) {
	if err := q.memory.usable(); err != nil {
		return v, err
	}
	g, err := q.q.TryGet(1)
	switch {
	case err != nil:
		return v, q.told(err)
	case g == nil:
		return v, ErrEmpty
	}
	defer g.Finish()
	return q.decode(g, 0)
}

// GetMany blocks until there is an item. It takes the items that are there, at most
// len(buf), and returns how many. It fails as [Queue.Get] does, and has taken no item then.
// With an empty buf it returns at once. It costs less than as many calls of Get.
func (q *Queue[T]) GetMany(ctx context.Context, buf []T) (n int, err error) {
	switch {
	case q.memory.usable() != nil:
		return 0, q.memory.usable()
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case len(buf) == 0:
		return 0, nil
	}
	g, err := q.q.Get(ctx, len(buf))
	for {
		switch {
		case err != nil && n == 0:
			return 0, q.told(err)
		case err != nil, g == nil:
			return n, nil
		}
		more := g.More()
		if n, err = q.fill(g, buf, n); err != nil || n == len(buf) || !more {
			return n, err
		}
		g, err = q.q.GetMore(len(buf) - n)
	}
}

// fill decodes what was taken into buf from n on.
func (q *Queue[T]) fill(g *robust.Got, buf []T, n int) (int, error) {
	defer g.Finish()
	for i := range g.Len() {
		v, err := q.decode(g, i)
		if err != nil {
			return n, err
		}
		buf[n] = v
		n++
	}
	return n, nil
}

// All returns the sequence of the items as they come. Each item is taken when the loop
// asks for it. The sequence ends when the queue was shut down and has no items left. If
// ctx ends or the memory is closed, it yields the error once, with a zero item, and ends.
//
// Several goroutines may range at the same time and share the items. If a goroutine waits
// in [Queue.Join], the loop must call [Queue.TaskDone] for each item.
func (q *Queue[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := q.Get(ctx)
			if err == ErrClosed || !yield(v, err) || err != nil && (ctx.Err() != nil || errors.Is(err, ErrClosed)) {
				return
			}
		}
	}
}

// Ready returns a channel that is closed when there is an item or the queue was shut down,
// for select, as concurrent.Queue.Ready does. A goroutine of this process waits meanwhile,
// also after the caller has lost interest: until there is an item, or Close.
func (q *Queue[T]) Ready() <-chan struct{} {
	q.memory.use("Queue.Ready")
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.q.There() {
		return closedChannel
	}
	if q.ready == nil {
		q.ready = make(chan struct{})
		go q.watch(q.ready)
	}
	return q.ready
}

// watch closes a channel when there is something to see.
func (q *Queue[T]) watch(ready chan struct{}) {
	_ = q.q.Watch(context.Background())
	q.mu.Lock()
	q.ready = nil
	q.mu.Unlock()
	close(ready)
}

var closedChannel = make(chan struct{})

func init() { close(closedChannel) }
