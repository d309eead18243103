package par

import (
	"context"
	"math"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/panics"
)

// An engine runs the items [0, n) of one call. Workers claim ranges of them from
// one cursor, so every item below a claimed one is claimed too. The caller is the
// first worker. It starts one helper before its first item, so that a slow item
// holds nobody up, and each helper starts the next one while there is work left:
// a call that is over before the first helper gets a processor has paid for one
// go statement.
type engine struct {
	n         int
	workers   int
	grain     grain
	allErrors bool

	// run runs the items [lo, hi), asking w.goOn before each and telling w.fail
	// of those that fail. It may leave panics alone.
	run func(w *worker, lo, hi int)

	ctx callContext // the functions'

	next  atomic.Int64 // the lowest item not claimed
	limit atomic.Int64 // items from here on are not started
	cut   atomic.Bool  // an item was not started or given up because the caller's context ended

	crew crew
	failures
}

// A worker is one goroutine's share of an engine, allocated by that goroutine:
// noting the current item does not disturb what other cores read for every item.
type worker struct {
	*engine
	bound *atomic.Int64 // the engine's limit, near enough for goOn to be inlined
	at    int           // the item being run
	until int           // the context need not be looked at before this item
	step  int           // and then every so many items
	pace  pace
}

// runEach runs the items [0, n) with the options p. It returns when none of them
// is running, raises panics and Goexit, and returns the error the call failed
// with.
func runEach(ctx context.Context, n int, p Options, g grain, run func(w *worker, lo, hi int)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n == 0 {
		return nil
	}
	g.fixed = min(g.fixed, n) // the cursor cannot overflow
	e := &engine{n: n, workers: min(p.Workers, n), grain: g, allErrors: p.AllErrors, run: run}
	e.ctx.Context = ctx
	e.limit.Store(int64(n))
	return e.do()
}

func (e *engine) do() (err error) {
	// Deferred, because the caller's own share may end in a Goexit.
	defer func() { err = e.end() }()
	if e.workers > 1 {
		go e.help(1)
	}
	e.work()
	return nil
}

// help is the life of the nth helper.
func (e *engine) help(nth int) {
	if !e.left() || !e.crew.join() {
		return
	}
	defer e.crew.leave()
	if nth+1 < e.workers && e.left() {
		go e.help(nth + 1)
	}
	e.work()
}

// left reports whether there is anything to claim.
func (e *engine) left() bool { return e.next.Load() < e.limit.Load() }

// work claims and runs ranges until there are none.
func (e *engine) work() {
	w := &worker{engine: e, bound: &e.limit}
	returned := false
	defer func() {
		if returned {
			return
		}
		// What w had claimed and not started is above this item and needs no
		// run.
		if v := recover(); v != nil {
			w.fail(w.at, panics.From(v))
		} else {
			w.fail(w.at, panics.ErrGoexit)
		}
	}()
	for {
		size := int64(w.pace.next(e))
		end := e.next.Add(size)
		begin := end - size
		if begin >= e.limit.Load() {
			break
		}
		w.look(begin, size)
		w.at = int(begin) // run may panic before its first item
		e.run(w, w.at, int(min(end, int64(e.n))))
	}
	returned = true
}

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

func (e *engine) giveUp() {
	e.cut.Store(true)
	e.limit.Store(0)
}

// fail notes that item i failed with err.
func (e *engine) fail(i int, err error) {
	f := failure{i, err}
	switch {
	case f.fatal():
	case endOf(e.ctx.Context, err):
		e.giveUp()
		return
	case e.allErrors:
		e.note(f)
		return
	}
	if e.stop(f) {
		for {
			limit := e.limit.Load()
			if limit <= int64(i) || e.limit.CompareAndSwap(limit, int64(i)) {
				break
			}
		}
		e.ctx.end()
	}
}

// end waits for the helpers and says how the call ended.
func (e *engine) end() error {
	e.crew.dismiss()
	e.ctx.end()
	if e.first.err != nil {
		panics.Raise(e.first.err)
		return e.first.asError()
	}
	var cause error
	if e.cut.Load() {
		cause = context.Cause(e.ctx.Context)
	}
	return e.joined(cause)
}
