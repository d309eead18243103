package concurrent

// Shutdown ends the queue: from now on putting fails with [ErrClosed], for those
// who wait as well, and getting does when nothing is left. If immediate is true
// nothing is left at once: the items in the queue are dropped, and count as done
// for [Queue.Join], while the items that were taken before do not.
//
// It does not wait. It may be called again: what is left after Shutdown(false) is
// dropped by Shutdown(true).
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
