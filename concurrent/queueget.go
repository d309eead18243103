package concurrent

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/concurrent/internal/store"
	"github.com/fanfold/fanfold/internal/closed"
)

// Get takes the next item, waiting for one. It fails with [ErrClosed] when the
// queue is or gets shut down and nothing is left in it, and with the cause when ctx
// is done.
func (q *Queue[T]) Get(ctx context.Context) (T, error) {
	if ctx.Err() != nil {
		return *new(T), context.Cause(ctx)
	}
	if q.getters.state.Load()&hungry == 0 {
		var v T
		var verdict store.Verdict
		if q.fifo != nil {
			v, verdict = q.fifo.Get()
		} else {
			v, verdict = q.items().Get()
		}
		switch verdict {
		case store.Yes:
			q.changed(&q.putters)
			return v, nil
		case store.Never:
			return v, ErrClosed
		}
	}
	return q.getLate(ctx)
}

// getLate is Get for those who have to wait.
func (q *Queue[T]) getLate(ctx context.Context) (v T, err error) {
	err = q.wait(ctx, &q.getters, func() (verdict store.Verdict) {
		v, verdict = q.items().Get()
		return verdict
	})
	if err == nil {
		q.changed(&q.putters)
	}
	return v, err
}

// TryGet takes the next item if there is one; else it returns [ErrEmpty], or
// [ErrClosed] when the queue was shut down.
func (q *Queue[T]) TryGet() (T, error) {
	v, verdict := q.items().Get()
	switch verdict {
	case store.Yes:
		q.changed(&q.putters)
		return v, nil
	case store.Never:
		return v, ErrClosed
	default:
		return v, ErrEmpty
	}
}

// GetMany waits until there is an item, takes as many as there are, but no more
// than buf has room for, and returns how many. It fails as [Queue.Get] does, and
// has taken nothing then. With an empty buf it returns at once.
func (q *Queue[T]) GetMany(ctx context.Context, buf []T) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if len(buf) == 0 {
		return 0, nil
	}
	try := func() (verdict store.Verdict) {
		n, verdict = q.items().GetMany(buf)
		return verdict
	}
	defer q.changed(&q.putters) // try may panic after some
	verdict := store.NotYet
	if q.getters.state.Load()&hungry == 0 {
		verdict = try()
	}
	switch verdict {
	case store.Never:
		err = ErrClosed
	case store.NotYet:
		err = q.wait(ctx, &q.getters, try)
	}
	return n, err
}

// All returns the items as they come, each taken when the loop asks for it and
// none taken ahead. It ends when the queue was shut down and nothing is left in
// it; when ctx is done it yields the cause once, with a zero item, and ends. Any
// number of goroutines may range at once and share the items. Where somebody
// waits in [Queue.Join] it is the loop that calls [Queue.TaskDone].
func (q *Queue[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := q.Get(ctx)
			if err == ErrClosed && q.store.CanGet() && q.store.Len() == 0 {
				return // and not because ErrClosed is the cause of ctx's end
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Ready returns a channel that is closed when there is an item to take or the
// queue was shut down, for select:
//
//	select {
//	case <-queue.Ready():
//		item, err := queue.TryGet()
//		…
//	case <-other:
//	}
//
// It is to be called anew each time: once closed, a channel stays closed. It wakes
// everybody who waits for it, and says nothing about who will get the item: TryGet
// may return [ErrEmpty]. No item is missed by somebody who selects again then.
// Where there is no item, the first to ask allocates a channel.
func (q *Queue[T]) Ready() <-chan struct{} {
	if q.items().CanGet() {
		return closed.Channel
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ready == nil {
		q.ready = make(chan struct{})
	}
	ready := q.ready
	q.settle()
	return ready
}
