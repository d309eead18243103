package functional

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

	caller context.Context
	done   <-chan struct{} // caller's
	ctx    context.Context // the functions'
	cancel context.CancelFunc

	next  atomic.Int64  // the lowest item not claimed
	limit atomic.Int64  // items from here on are not started
	crew  atomic.Int64  // helpers at work, and the closed bit
	idle  chan struct{} // closed when the last helper leaves a closed crew
	cut   atomic.Bool   // an item was not started or given up because caller ended

	failures
}

// closed is the bit of a crew that nobody can join any more.
const closed = math.MinInt64

// A worker is one goroutine's share of an engine. It is an allocation of its own
// so that noting the current item does not disturb what other cores read.
type worker struct {
	*engine
	at   int // the item being run
	pace pace
}

// runEach runs the items of a call with the options p. It returns when none of
// them is running, raises panics and Goexit, and returns the error the call
// failed with.
func runEach(ctx context.Context, n int, p Par, g grain, run func(w *worker, lo, hi int)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n == 0 {
		return nil
	}
	g.fixed = min(g.fixed, n) // the cursor cannot overflow
	e := &engine{
		n: n, workers: min(p.Workers, n), grain: g, allErrors: p.AllErrors,
		run: run, caller: ctx, done: ctx.Done(),
	}
	e.limit.Store(int64(n))
	e.ctx, e.cancel = context.WithCancel(ctx)
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

// help is the life of a helper.
func (e *engine) help(nth int) {
	if !e.join() {
		return
	}
	defer e.leave()
	if nth+1 < e.workers && e.next.Load() < e.limit.Load() {
		go e.help(nth + 1)
	}
	e.work()
}

// work runs ranges until there are none.
func (e *engine) work() {
	w := &worker{engine: e}
	returned := false
	defer func() {
		if returned {
			return
		}
		// The items that w had claimed and not started are above this one: they
		// need no run.
		if v := recover(); v != nil {
			w.fail(w.at, panics.From(v))
		} else {
			w.fail(w.at, panics.ErrGoexit)
		}
	}()
	for {
		lo, hi, ok := w.claim()
		if !ok {
			break
		}
		w.run(w, lo, hi)
	}
	returned = true
}

// claim takes the next range.
func (w *worker) claim() (lo, hi int, ok bool) {
	size := int64(w.pace.next(w.engine))
	end := w.next.Add(size)
	begin := end - size
	if begin >= w.limit.Load() {
		return 0, 0, false
	}
	return int(begin), int(min(end, int64(w.n))), true
}

// goOn reports whether item i is to be started. It is asked before every item.
func (w *worker) goOn(i int) bool {
	w.at = i
	return int64(i) < w.limit.Load() && (w.done == nil || !w.ended())
}

// ended reports whether the caller's context has ended, and stops the engine.
func (e *engine) ended() bool {
	select {
	case <-e.done:
		e.giveUp()
		return true
	default:
		return false
	}
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
	case endOf(e.caller, err):
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
		e.cancel()
	}
}

// join makes the calling goroutine a member of the crew, unless it is closed.
func (e *engine) join() bool {
	for {
		crew := e.crew.Load()
		if crew&closed != 0 {
			return false
		}
		if e.crew.CompareAndSwap(crew, crew+1) {
			return true
		}
	}
}

func (e *engine) leave() {
	if e.crew.Add(-1) == closed {
		close(e.idle)
	}
}

// dismiss closes the crew and waits for its members. Helpers that have not begun
// are not waited for: they find the crew closed and end.
func (e *engine) dismiss() {
	for {
		crew := e.crew.Load()
		if crew != 0 && e.idle == nil {
			e.idle = make(chan struct{})
		}
		if e.crew.CompareAndSwap(crew, crew|closed) {
			if crew != 0 {
				<-e.idle
			}
			return
		}
	}
}

// end waits for the helpers and says how the call ended.
func (e *engine) end() error {
	e.dismiss()
	e.cancel()
	if e.first.err != nil {
		panics.Raise(e.first.err)
		return e.first.err
	}
	var cause error
	if e.cut.Load() {
		cause = context.Cause(e.caller)
	}
	return e.joined(cause)
}
