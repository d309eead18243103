package concurrent

import (
	"context"
	"fmt"
	"runtime/pprof"

	"github.com/fanfold/fanfold/internal/panics"
)

// A worker is a goroutine of a pool.
//
// Whenever a task is queued and a worker is idle, or may be started, one worker
// is on its way to the queue (searching or spinning). It is woken by the
// caller that queues a task and sees none on its way, and wakes the next one itself
// when it finds more than one task. So there is one wake-up at a time, and none for
// tasks that a worker takes on its way.
type worker struct {
	pool   *Pool
	wake   chan bool // made at the first park: true: search, false: end
	fresh  bool      // has no goroutine yet
	parked int       // the pool's epoch when it was
	busy   bool      // has a task; this and core are guarded by the pool's lock
	core   *core     // of the task's future, if it has one
}

// rouse returns a worker that must be begun, once the lock is released, so that
// queued tasks are taken; nil when enough are on their way. p.mu must be held.
//
// Workers in the Initializer count against starting others, but not against waking
// one that is idle: the Initializer may be slow, or wait for the task.
func (p *Pool) rouse() *worker {
	if p.lanes.queued == 0 || p.searching > 0 {
		return nil
	}
	if p.spinning > 0 {
		p.news.Store(true)
		return nil
	}
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		p.searching++
		return w
	}
	if p.lanes.queued > p.starting && len(p.workers) < p.max {
		w := &worker{pool: p, fresh: true}
		p.workers[w] = struct{}{}
		p.searching++
		return w
	}
	return nil
}

// begin sends w, which may be nil, to the queue.
func (w *worker) begin() {
	switch {
	case w == nil:
	case w.fresh:
		w.fresh = false
		go w.work()
	default:
		w.wake <- true
	}
}

// work is the life of a worker.
func (w *worker) work() {
	p := w.pool
	pprof.SetGoroutineLabels(p.labels) // not those of the goroutine that submitted the task
	defer w.leave()
	if !w.initialize() {
		return
	}
	if p.finalizer != nil {
		defer w.finalize()
	}
	p.mu.Lock()
	if p.initializer == nil {
		p.searching--
	} else {
		p.starting--
	}
	p.mu.Unlock()
	for w.serve() {
	}
}

// serve runs tasks until there is nothing more for w to do, and returns false. It
// returns true after a task without a future that panicked: one recover for many
// tasks costs less than one for each.
func (w *worker) serve() (again bool) {
	p := w.pool
	var f bare // what runs, if it is one
	defer func() {
		if f == nil {
			return
		}
		if v := recover(); v != nil {
			f.failed(panics.From(v))
			pprof.SetGoroutineLabels(p.labels)
			p.mu.Lock()
			w.finished(hasFailed)
			p.mu.Unlock()
			again = true
		} else {
			f.failed(panics.Goexit)
		}
	}()
	p.mu.Lock()
	for len(p.workers) <= p.max {
		j := p.lanes.pop()
		if j.task == nil {
			if p.closed || !w.idle() {
				break
			}
			continue
		}
		p.busy++
		w.busy, w.core = true, j.core
		var next *worker
		if p.lanes.queued > 0 {
			next = p.rouse()
		}
		p.mu.Unlock()
		if next != nil {
			next.begin()
		}
		o := succeeded
		if j.core == nil {
			f = j.task.(bare)
			f()
			f = nil
		} else {
			o = j.task.perform()
		}
		pprof.SetGoroutineLabels(p.labels) // the task may have set others
		p.mu.Lock()
		w.finished(o)
	}
	p.mu.Unlock()
	return false
}

// finished counts the task that w has run. p.mu must be held.
func (w *worker) finished(o outcome) {
	p := w.pool
	p.busy--
	w.busy, w.core = false, nil
	p.stats.count(o)
	if p.rooms.Len() > 0 {
		p.callNext()
	}
}

// leave ends w, also when a task has called Goexit.
func (w *worker) leave() {
	p := w.pool
	p.mu.Lock()
	if w.busy { // Goexit, of the task or of what was called at its end
		o := hasFailed
		if w.core != nil {
			o = w.core.outcome()
		}
		w.finished(o)
	}
	delete(p.workers, w)
	next := p.rouse()
	if p.closed && len(p.workers) == 0 {
		close(p.over)
	}
	p.mu.Unlock()
	next.begin()
}

// initialize calls the pool's initializer and reports whether it succeeded. If
// not the pool is no more.
func (w *worker) initialize() bool {
	p := w.pool
	if p.initializer == nil {
		return true
	}
	// An initializer may be slow: more workers may be started meanwhile.
	p.mu.Lock()
	p.searching--
	p.starting++
	next := p.rouse()
	p.mu.Unlock()
	next.begin()

	var err error
	exit := func(err error) {
		refusal := fmt.Errorf("%w: initializer: %w", errPoolClosed, err)
		p.close(refusal)
		p.mu.Lock()
		p.starting--
		rejected := p.clear(&p.stats.Rejected)
		p.mu.Unlock()
		for _, j := range rejected {
			if c := j.core; c != nil {
				c.fail(refusal)
			}
		}
	}
	caught := panics.Try(func() { err = p.initializer() }, func(caught *panics.Caught) { exit(caught.Err()) })
	if caught != nil {
		err = caught.Err()
	}
	if err != nil {
		exit(err)
	}
	return err == nil
}

func (w *worker) finalize() {
	exit := func(caught *panics.Caught) {
		report(Failure{Err: caught.Err(), Name: nameOf(pcOf(w.pool.finalizer))})
	}
	if caught := panics.Try(w.pool.finalizer, exit); caught != nil {
		exit(caught)
	}
}

// poolLabels returns a context with the labels of the workers of a pool.
func poolLabels(name string) context.Context {
	if name == "" {
		return context.Background()
	}
	return pprof.WithLabels(context.Background(), pprof.Labels("pool", name))
}
