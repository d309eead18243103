package concurrent

// Shield returns a future that ends as f does, but can be canceled without f being
// canceled: asyncio.shield. Give it to who may stop waiting ([Await], [Gather])
// where the work must go on. It is Pending until it ends, also while the function of
// f runs, and Cancel ends it at once.
//
// Canceling f cancels its shield. A failure of f is one that nobody looked at (see
// [SetFailureHook]) until somebody looks at the shield, or, when the shield was
// canceled before, at f itself.
//
// Shield does not block, costs no goroutine, and panics when f is nil. What it has
// registered with f goes when the shield is canceled.
func Shield[T any](f *Future[T]) *Future[T] {
	if f == nil {
		panic("concurrent: Shield of a nil future")
	}
	shield := new(Future[T])
	take := &callback{Value: func() { shield.take(f) }}
	if !f.core.watch(take, 0) {
		shield.take(f)
		return shield
	}
	over := &callback{Value: func() { f.core.unwatch(take) }}
	if !shield.core.watch(over, 0) {
		over.Value()
	}
	return shield
}

// take ends f, unless it has ended, as from did.
func (f *Future[T]) take(from *Future[T]) {
	var failure *failed
	if from.core.failed != nil {
		failure = &failed{err: from.core.failed.err, name: from.core.failed.name, pc: from.core.failed.pc}
	}
	f.core.mu.Lock()
	if f.core.ended() {
		f.core.mu.Unlock()
		return
	}
	if failure != nil {
		from.core.failed.look() // it is the taker's now
	}
	f.value = from.value
	f.core.seal(from.core.state(), failure)
}
