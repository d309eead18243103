package par

import (
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/panics"
)

// A worker is one goroutine's share of a call, allocated by that goroutine: noting
// the current item does not disturb what other cores read for every item.
type worker struct {
	*call
	bound *atomic.Int64 // the call's limit, near enough for goOn to be inlined
	at    int           // the item being run
	until int           // the context need not be looked at before this item
	step  int           // and then every so many items
	pace  pace
}

// work claims and runs ranges until there are none.
func (c *call) work() {
	w := &worker{call: c, bound: &c.limit}
	returned := false
	defer func() {
		if returned {
			return
		}
		// What w had claimed and not started is above this item and needs no
		// run.
		if v := recover(); v != nil {
			w.note(failedBy(w.at, panics.From(v)))
		} else {
			w.note(failedBy(w.at, panics.Goexit))
		}
	}()
	for {
		begin, size, ok := c.claim(int64(w.pace.next(c)))
		if !ok {
			break
		}
		w.look(begin, size)
		w.at = int(begin) // run may panic before its first item
		c.run(w, w.at, int(begin+size))
	}
	returned = true
}

// claim takes up to size items from the cursor, and returns false when none is wanted
// any more. It compares rather than adds: the cursor never passes n, whatever size is.
func (c *call) claim(size int64) (begin, claimed int64, ok bool) {
	for {
		begin = c.next.Load()
		if begin >= c.limit.Load() {
			return begin, 0, false
		}
		claimed = min(size, int64(c.n)-begin)
		if c.next.CompareAndSwap(begin, begin+claimed) {
			return begin, claimed, true
		}
	}
}
