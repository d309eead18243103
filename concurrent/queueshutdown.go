package concurrent

// Shutdown ends the queue. From now on putting fails with [ErrClosed], also for
// goroutines that wait for room. Getting fails with ErrClosed when no items are
// left. If immediate is true, Shutdown drops the items in the queue. Dropped items
// count as done for [Queue.Join]; items that were taken before do not.
//
// Shutdown does not block. It may be called again: Shutdown(true) drops the items
// that Shutdown(false) has left.
func (q *Queue[T]) Shutdown(immediate bool) {
	dropped := uint64(q.items().Shutdown(immediate))
	for dropped > 0 {
		// There are fewer to do where TaskDone was called for items still queued.
		done := q.done.Load()
		if q.done.CompareAndSwap(done, min(done+dropped, q.store.Puts())) {
			break
		}
	}
	q.finished()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.settle()
}
