package sock

import (
	"math"
	"sync/atomic"
	"time"
)

// A Watch measures how long a connection waits for its peer without a byte in either
// direction. Time in which nothing waits does not count: a handler that computes is not
// idle. A Watch costs two looks at the clock for each operation.
type Watch struct {
	limit  time.Duration
	base   time.Time // all times are since then, by the monotonic clock
	expire func()
	timer  *time.Timer

	stopped atomic.Bool
	open    atomic.Bool // Open was called, and Settle was not; for ever after Leave

	waits  atomic.Int32 // operations that wait
	begun  atomic.Int64 // when the first of them began
	last   atomic.Int64 // when the last byte was moved
	waited atomic.Int64 // how long operations waited that have ended, without a byte
}

// start makes the watch call expire once after limit without progress. A limit that is
// not positive is none.
func (w *Watch) start(limit time.Duration, expire func()) {
	if limit <= 0 {
		return
	}
	w.limit, w.base, w.expire = limit, time.Now(), expire
	w.timer = time.AfterFunc(math.MaxInt64, w.look) // which looks at timer
	w.timer.Reset(limit)
}

// stop ends the watch. expire may still be running.
func (w *Watch) stop() {
	if w.timer != nil {
		w.stopped.Store(true)
		w.timer.Stop()
	}
}

// Begin says that an operation waits for the peer from now on.
func (w *Watch) Begin() {
	if w.timer == nil {
		return
	}
	if w.waits.Load() == 0 { // before the count: look must not see an old time
		w.begun.Store(w.now())
	}
	w.waits.Add(1)
}

// End says that an operation has ended that moved n bytes.
func (w *Watch) End(n int) {
	if w.timer == nil {
		return
	}
	w.Moved(n)
	if w.waits.Add(-1) == 0 && n <= 0 {
		w.waited.Add(w.now() - max(w.begun.Load(), w.last.Load()))
	}
}

// Moved says that an operation that goes on has moved n bytes.
func (w *Watch) Moved(n int) {
	if w.timer != nil && n > 0 {
		w.last.Store(w.now())
		w.waited.Store(0)
	}
}

func (w *Watch) now() int64 { return int64(time.Since(w.base)) }

// look calls expire if the limit is reached, and otherwise looks again when it can be
// reached at the earliest.
func (w *Watch) look() {
	idle := w.waited.Load()
	if w.waits.Load() > 0 {
		idle += w.now() - max(w.begun.Load(), w.last.Load())
	}
	if left := w.limit - time.Duration(idle); left > 0 {
		w.timer.Reset(left)
		if w.stopped.Load() {
			w.timer.Stop()
		}
		return
	}
	w.expire()
}

// Open is a Begin whose End is [Watch.Settle]. A second Open without Settle does nothing.
func (w *Watch) Open() {
	if w.open.CompareAndSwap(false, true) {
		w.Begin()
	}
}

// Settle is the End for Open, if there was one.
func (w *Watch) Settle() {
	if w.open.CompareAndSwap(true, false) {
		w.End(0)
	}
}

// Leave makes Open do nothing from now on.
func (w *Watch) Leave() { w.open.Store(true) }
