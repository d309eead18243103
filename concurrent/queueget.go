package concurrent

import (
	"context"
	"iter"

	"github.com/fanfold/fanfold/concurrent/internal/store"
	"github.com/fanfold/fanfold/internal/closed"
)

// Get takes the next item. It blocks until there is one. It returns [ErrClosed]
// when the queue was shut down and has no items left, and context.Cause(ctx) when
// ctx ends first, or is done on entry.
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

// getLate is a Get that has to wait.
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

// TryGet takes the next item if there is one. It returns [ErrEmpty] when there is
// none, and [ErrClosed] when the queue was also shut down. It does not block.
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

// GetMany blocks until there is an item. It takes the items that are there, at most
// len(buf), and returns how many. It fails as [Queue.Get] does, and has taken no
// item then, nor when the comparison of a [NewPriorityQueue] panics. With an empty buf
// it returns at once.
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
	if n > 0 {
		q.changed(&q.putters)
	}
	return n, err
}

// All returns the sequence of the items as they come. Each item is taken when the
// loop asks for it. The sequence ends when the queue was shut down and has no items
// left. When ctx ends, it yields the cause once, with a zero item, and ends, also when
// the queue was shut down after that.
//
// Several goroutines may range at the same time and share the items. If a goroutine
// waits in [Queue.Join], the loop must call [Queue.TaskDone] for each item.
func (q *Queue[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := q.Get(ctx)
			if err == ErrClosed && q.store.CanGet() && q.store.Len() == 0 { // not the cause of ctx's end
				if err = endedWith(ctx); err == nil {
					return
				}
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Ready returns a channel that is closed when there is an item or the queue was
// shut down, for select:
//
//	select {
//	case <-queue.Ready():
//		item, err := queue.TryGet()
//		…
//	case <-other:
//	}
//
// Call Ready again for each select: a closed channel stays closed. The channel
// wakes all goroutines that wait for it, and another goroutine may take the item
// first. So TryGet may return [ErrEmpty]. A goroutine that selects again then
// misses no item. When there is no item, the first call allocates a channel.
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
