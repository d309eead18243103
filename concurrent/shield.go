package concurrent

// Shield returns a future that ends as f does and can be canceled without canceling
// f: asyncio.shield. It protects work that must continue when a goroutine stops
// waiting for it, for example in [Await] or [Gather]. The shield is Pending until
// it ends, even while the function of f runs. Cancel ends it at once.
//
// Canceling f cancels the shield. A failure of f is observed when the failure of
// the shield is. When the shield was canceled before, f itself has to be observed
// (see [Future]).
//
// Shield does not block and costs no goroutine. A canceled shield leaves nothing
// behind in f. Shield panics when f is nil.
func Shield[T any](f *Future[T]) *Future[T] {
	if f == nil {
		panic("concurrent: Shield of a nil future")
	}
	shield := new(Future[T])
	take := &callback{Value: taking[T]{shield, f}}
	if !f.core.watch(take, 0) {
		callAll(shield.take(f))
		return shield
	}
	over := &callback{Value: plain(func() { f.core.unwatch(take) })}
	if !shield.core.watch(over, 0) {
		over.Value.ended()
	}
	return shield
}

// taking ends a future when another has ended.
type taking[T any] struct{ future, from *Future[T] }

func (t taking[T]) ended() *callback { return t.future.take(t.from) }

// take ends f, unless it has ended, as from did, and returns the callbacks that are to
// be called.
func (f *Future[T]) take(from *Future[T]) *callback {
	var failure *failed
	if from.core.failed != nil {
		failure = from.core.failed.again()
	}
	f.core.mu.Lock()
	if f.core.ended() {
		f.core.mu.Unlock()
		return nil
	}
	if failure != nil {
		from.core.failed.observe() // it is the taker's now
	}
	f.value = from.value
	return f.core.sealed(from.core.state(), failure)
}
