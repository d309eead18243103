package par

import "math"

// goOn reports whether item i is to be started. It is asked before every item.
func (w *worker) goOn(i int) bool {
	w.at = i
	return i < int(w.bound.Load()) && (i < w.until || w.open(i))
}

// look sets how often the context is looked at within a chunk: before every
// item, except where a worker has found it right to take dozens of them. A look
// costs more than the cheapest items; a dozen of these, at most some
// microseconds each, cost next to nothing.
func (w *worker) look(begin, size int64) {
	const dozens, seldom = 32, 16
	if w.ctx.Context.Done() == nil {
		w.until = math.MaxInt
		return
	}
	w.until, w.step = int(begin), 1
	if size > dozens && w.grain.fixed == 0 {
		w.step = seldom
	}
}

// open reports whether the caller's context is still open before item i, and if
// not stops the call. It is apart from goOn so that goOn is inlined.
func (w *worker) open(i int) bool {
	if w.ctx.Context.Err() != nil {
		w.giveUp()
		return false
	}
	w.until = i + w.step
	return true
}
