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
		size := int64(w.pace.next(c))
		end := c.next.Add(size)
		begin := end - size
		if begin >= c.limit.Load() {
			break
		}
		w.look(begin, size)
		w.at = int(begin) // run may panic before its first item
		c.run(w, w.at, int(min(end, int64(c.n))))
	}
	returned = true
}
