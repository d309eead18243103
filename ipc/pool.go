package ipc

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/child"
)

// A Pool runs calls in worker processes, each of which runs one call at a time. It is
// a [Carrier]: functions reach it through [Function.On]. Make it with [NewPool], end
// it with [Pool.Shutdown] or [Pool.Close]. All methods are safe for concurrent use.
// ("multiprocessing.Pool", "concurrent.futures.ProcessPoolExecutor")
//
// A worker that dies, for whatever reason, costs at most the one call that it was
// running. The pool replaces it.
type Pool struct {
	options PoolOptions
	stderr  *child.Forwarder
	stdout  *child.Forwarder // nil if standard output is a file
	spawner *child.Spawner
	journal *journal // nil if nobody wants one

	mu       sync.Mutex
	changed  sync.Cond // something Close may be waiting for
	closed   bool      // no new calls
	killed   bool      // Close was called
	workers  int       // so many may serve at once
	live     map[*worker]bool
	crew     []*worker        // of these, the ones that are not leaving, in order of age
	spares   []*worker        // ready to join the crew
	turn     int              // of the crew, who was last asked to take a call more
	idle     []*worker        // the one used last is used next: its memory is warm
	starting int              // workers on their way
	unborn   map[*worker]bool // of these, the ones that have a process
	failures int              // starts that failed since the last that did not
	waiting  line             // calls without a worker, first come first served
	calls    int              // calls under way, waiting or running
	stats    PoolStats
	told     sync.Once   // all that was written and logged, when the pool ends
	idleness *time.Timer // until the next worker has been idle for too long
}

// NewPool starts a pool and its first worker. It blocks until that worker is ready to
// serve: usually for 5 ms, at most a little longer than StartTimeout. When ctx ends
// before, NewPool ends the worker and returns context.Cause(ctx). ctx has no effect on
// the pool afterwards.
//
// The error matches [ErrNoMain] if the program has not called [Main],
// [errors.ErrUnsupported] on systems that are not Unix, and [ErrStart] if the first
// worker did not start.
//
// NewPool panics if a number is negative (other than Grace and Idle), if Limits are
// out of bounds, or if Env has an entry without a key or with a NUL byte. It also
// panics if more than one PoolOptions is given.
func NewPool(ctx context.Context, options ...PoolOptions) (*Pool, error) {
	o := checkedOptions(options)
	if len(o.Exec) == 0 && !mainCalled.Load() {
		return nil, fmt.Errorf("%w: call it first in main, and ipc.TestMain in the tests", ErrNoMain)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p := &Pool{
		options: o,
		workers: o.Workers,
		stderr:  child.NewForwarder(o.Stderr, 0),
		journal: newJournal(o.Logger),
		spawner: child.NewSpawner(),
		live:    map[*worker]bool{},
		unborn:  map[*worker]bool{},
	}
	if _, ok := o.Stdout.(*os.File); !ok {
		p.stdout = child.NewForwarder(o.Stdout, 0)
	}
	p.changed.L = &p.mu
	p.starting = 1
	stop := context.AfterFunc(ctx, func() { _ = p.Close() })
	w, err := startWorker(p)
	p.ready(w, err)
	if !stop() {
		_ = p.Close()
		return nil, context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.dissolve()
		return nil, err
	}
	for len(p.crew)+p.starting < min(o.Min, p.workers) {
		p.start()
	}
	p.stock()
	return p, nil
}

// Shutdown ends the pool in an orderly way. New calls fail with an error matching
// [ErrClosed]; calls that are running or that wait for a worker are completed. Then the
// workers are let go, each after a call of [PoolOptions].Finalizer; a worker that has
// not ended a second later is killed. Shutdown blocks until the last of them is
// gone.
//
// When ctx ends before, Shutdown returns context.Cause(ctx), and the pool goes on
// coming to its end: [Pool.Close] ends it at once, another Shutdown waits for it.
// ("multiprocessing.Pool.close" and "join")
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.finish()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// finish waits for the end of the pool, which takes no more calls.
func (p *Pool) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait(func() bool { return p.calls == 0 && p.starting == 0 })
	for w := range p.live {
		if !w.away {
			w.away, w.parting = true, "closed"
			go w.dismiss()
		}
	}
	p.wait(func() bool { return len(p.live) == 0 && p.calls == 0 })
	p.dissolve()
}

// Close ends the pool at once: it kills the workers, and calls that are running or
// waiting fail with an error matching [ErrClosed], as new calls do. Close blocks until
// the workers are gone and reaped, usually for a millisecond or two. It may be called
// again, and during a [Pool.Shutdown]. The error is always nil.
// ("multiprocessing.Pool.terminate")
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed, p.killed = true, true
	p.refuse(ErrClosed)
	p.wait(func() bool {
		for w := range p.live {
			w.Kill()
		}
		for w := range p.unborn {
			w.Kill()
		}
		return p.calls == 0 && p.starting == 0 && len(p.live) == 0
	})
	p.dissolve()
	return nil
}

// dissolve ends what the pool has besides workers. p.mu is held, but not while it
// waits for writers and a handler of the user's, which may ask the pool something.
func (p *Pool) dissolve() {
	if p.idleness != nil {
		p.idleness.Stop()
	}
	p.spawner.Stop()
	p.journal.close()
	p.mu.Unlock()
	defer p.mu.Lock()
	p.told.Do(func() {
		p.stderr.Stop()
		if p.stdout != nil {
			p.stdout.Stop()
		}
		p.journal.wait()
	})
}

// wait waits, with p.mu held, until done reports true.
func (p *Pool) wait(done func() bool) {
	for !done() {
		p.changed.Wait()
	}
}

// Carry runs the call on a worker: it is the method of [Carrier]. Users call
// [Function.On] instead.
func (p *Pool) Carry(ctx context.Context, call Call) (Reply, error) {
	if len(call.In) > p.options.MaxMessage {
		return Reply{}, &TooLargeError{Func: call.Func, What: "argument", Size: len(call.In), Limit: p.options.MaxMessage}
	}
	if ctx.Err() != nil {
		return Reply{}, context.Cause(ctx)
	}
	c := newPending(ctx, call)
	defer c.free()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return Reply{}, ErrClosed
	}
	p.calls++
	p.stats.Calls++
	p.place(c, false)
	crowd := p.calls > 1
	p.mu.Unlock()
	if crowd {
		// Others may be about to make calls, which then go the same way together.
		runtime.Gosched()
	}
	var t tally
	for {
		p.await(ctx, c)
		if c.end == answered {
			return c.outcome(ctx, p.options.MaxMessage)
		}
		if err := p.again(ctx, c, &t); err != nil {
			return Reply{}, err
		}
	}
}

// again has a call that was lost with its worker wait for another one, or
// returns the error it ends with.
func (p *Pool) again(ctx context.Context, c *pending, t *tally) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.killed:
		err = ErrClosed
	case ctx.Err() != nil: // whether we killed the worker or it was quicker
		err = context.Cause(ctx)
	default:
		err = t.lost(c)
	}
	if err != nil {
		p.calls--
		p.changed.Broadcast()
		return err
	}
	p.stats.Retried++
	p.place(c, true)
	return nil
}
