package concurrent

import "context"

// TaskDone reports that the work on an item, taken earlier, is done. It panics when
// it is called more often than items were put.
func (q *Queue[T]) TaskDone() {
	for {
		done := q.done.Load()
		if done >= q.items().Puts() {
			panic("concurrent: TaskDone called more often than items were put")
		}
		if q.done.CompareAndSwap(done, done+1) {
			break
		}
	}
	q.finished()
}

// finished is called after the count of what is done has grown.
func (q *Queue[T]) finished() {
	if !q.joined.Load() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.allDone != nil && q.unfinished() == 0 {
		close(q.allDone)
		q.allDone = nil
		q.joined.Store(false)
	}
}

// unfinished returns how many items are not done. Both counts only grow, and what
// is done has been put, so that 0 was true when the second was read.
func (q *Queue[T]) unfinished() uint64 {
	done := q.done.Load()
	return q.items().Puts() - done
}

// Join blocks until TaskDone was called for every item that was put. It returns nil
// at once when there is no such item. It returns context.Cause(ctx) when ctx ends
// first, or is done on entry.
func (q *Queue[T]) Join(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if q.unfinished() == 0 {
		return nil
	}
	q.mu.Lock()
	if q.allDone == nil {
		q.allDone = make(chan struct{})
		q.joined.Store(true)
	}
	done := q.allDone
	q.mu.Unlock()
	q.finished() // calls of TaskDone before joined was set did not look
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-done:
		return nil
	default:
		return context.Cause(ctx)
	}
}
