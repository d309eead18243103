package ipc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/foreign"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/sched"
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
	program string                         // where Exec was found; empty if it was not, or is not there
	sched   *sched.Scheduler[link.Passage] // which worker gets which call
	stderr  *child.Forwarder
	stdout  *child.Forwarder // nil if standard output is a file
	spawner *child.Spawner
	journal *journal  // nil if nobody wants one
	told    sync.Once // all that was written and logged, when the pool ends

	mu        sync.Mutex
	stopError error   // how the last Finalizer that failed did
	survivors []error // of workers that were given up
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
	g := foreign.Guard(ctx)
	defer g.Raise()
	p := newPool(o, startWorker)
	if err := p.sched.Begin(g); err != nil {
		p.dissolve()
		return nil, err
	}
	return p, nil
}

// newPool returns a pool without workers, which are started by a function.
func newPool(o PoolOptions, start func(*Pool, *seat) error) *Pool {
	p := &Pool{
		options: o,
		journal: newJournal(o.Logger),
		spawner: child.NewSpawner(),
	}
	if _, ok := o.Stdout.(*os.File); ok {
		p.stderr = child.NewForwarder(o.Stderr)
	} else {
		p.stdout, p.stderr = child.Forwarders(o.Stdout, o.Stderr)
	}
	if len(o.Exec) > 0 {
		p.program, _ = child.Find(o.Exec[0]) // the first worker says what is wrong
	}
	owner := sched.Owner[link.Passage]{
		Start: func(s *seat) error { return start(p, s) },
		Tell:  p.tell,
	}
	if o.Finalizer.Func != "" {
		owner.Finish = p.finalize
	}
	p.sched = sched.New(owner, sched.Options{
		Workers: o.Workers, Min: o.Min, Spare: o.Spare, Idle: o.Idle, MaxCalls: o.MaxCalls, Closed: errPoolClosed,
	})
	return p
}

// Shutdown ends the pool in an orderly way. New calls fail with an error matching
// [ErrClosed], a [*CallError]; calls that are running or that wait for a worker are
// completed. Then the
// workers are let go, each after a call of [PoolOptions].Finalizer; a worker that has
// not ended a second later is killed. Shutdown blocks until the last of them is
// gone.
//
// The error matches [ErrUnkillable] if workers could not be killed.
//
// When ctx ends before, Shutdown returns context.Cause(ctx), and the pool goes on
// coming to its end: [Pool.Close] ends it at once, another Shutdown waits for it.
// ("multiprocessing.Pool.close" and "join")
func (p *Pool) Shutdown(ctx context.Context) error {
	p.mustBeMade()
	g := foreign.Guard(ctx)
	defer g.Raise()
	if err := p.sched.Shutdown(g); err != nil {
		go p.dissolve()
		return err
	}
	p.dissolve()
	return p.survived()
}

// Close ends the pool at once: it kills the workers, and calls that are running or
// waiting fail with a [*CallError] matching [ErrClosed], as new calls do. Close blocks until
// the workers are gone and reaped, usually for a millisecond or two. It may be called
// again, and during a [Pool.Shutdown]. The error is nil, or matches [ErrUnkillable] if
// workers of this pool, now or before, could not be killed.
// ("multiprocessing.Pool.terminate")
func (p *Pool) Close() error {
	p.mustBeMade()
	p.sched.Close()
	p.dissolve()
	return p.survived()
}

// bury takes in that w is gone.
func (p *Pool) bury(w *worker) {
	if err := w.survived("a worker", nil); err != nil {
		p.mu.Lock()
		p.survivors = append(p.survivors, err)
		p.mu.Unlock()
	}
	p.sched.Gone(w.seat)
}

// survived returns the workers that were given up, as an error.
func (p *Pool) survived() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.survivors...)
}

// dissolve ends what the pool has besides workers, when these are gone.
func (p *Pool) dissolve() {
	<-p.sched.Ended()
	p.told.Do(func() {
		p.spawner.Stop()
		p.journal.close()
		p.stderr.Stop()
		if p.stdout != nil {
			p.stdout.Stop()
		}
		p.journal.wait()
	})
}

// Resize changes how many workers the pool may have: see [PoolOptions].Workers. It
// does not block. When there may be more, they start when calls wait for them. When
// there are too many, idle workers leave first, then the youngest, each after its
// calls. Resize panics if n is less than 1.
func (p *Pool) Resize(n int) {
	p.mustBeMade()
	if n < 1 {
		panic(fmt.Sprintf("ipc: Pool.Resize(%d): want 1 or more", n))
	}
	p.sched.Resize(n)
}

// Replace starts a new worker for each worker and spare that the pool has now. The old
// one leaves when the new one is ready and its own calls are done. Use it to free
// memory, or, with [PoolOptions].Exec, to change to a new version of the program.
// Calls are served meanwhile and none is lost.
//
// Replace blocks until the last new worker is ready. It returns an error matching
// [ErrClosed] if the pool ends, an error matching [ErrStart] if a worker cannot be
// started, or context.Cause(ctx). After an error the old workers that are left stay.
func (p *Pool) Replace(ctx context.Context) error {
	p.mustBeMade()
	g := foreign.Guard(ctx)
	defer g.Raise()
	err := p.sched.Replace(g)
	if err == errPoolClosed {
		return fmt.Errorf("ipc: Pool.Replace: %w", err)
	}
	return err
}

// MaxMessage returns [Launch].MaxMessage of the pool, in bytes.
func (p *Pool) MaxMessage() int { return p.options.MaxMessage }

// Carry runs the call on a worker: it is the method of [Carrier]. Users call
// [Function.On] instead.
func (p *Pool) Carry(ctx context.Context, call Call) (Reply, error) {
	p.mustBeMade()
	if len(call.In) > p.options.MaxMessage {
		return Reply{}, &TooLargeError{Func: call.Func, What: "argument", Size: len(call.In), Limit: p.options.MaxMessage}
	}
	if ctx.Err() != nil {
		return Reply{}, &CallError{Func: call.Func, Err: context.Cause(ctx)}
	}
	g := foreign.Guard(ctx)
	defer g.Raise()
	ctx = g
	c := newPending(ctx, &call)
	defer free(c)
	if err := p.sched.Enter(c); err != nil {
		return Reply{}, refused(call.Func, false, err)
	}
	var t tally
	if call.Idempotent {
		t.places = placesOf(call.Files)
	}
	for {
		if p.sched.Await(ctx, c) {
			p.lead(ctx, c)
		}
		switch c.End() {
		case sched.Answered:
			if p.absent(c) {
				call.whole = true
				return p.Carry(ctx, call)
			}
			return outcome(ctx, c, p.options.MaxMessage)
		case sched.Refused:
			return Reply{}, refused(call.Func, t.attempts > 0, c.Err())
		case sched.GivenUp:
			return Reply{}, &CallError{Func: call.Func, Started: t.attempts > 0, Err: c.Err()}
		}
		if err := p.again(ctx, c, &call, &t); err != nil {
			return Reply{}, err
		}
	}
}

// absent notes which memories the worker has that has answered c. It reports whether it
// has not run the call, because it has closed one since.
func (p *Pool) absent(c *pending) bool {
	if !c.Passage.Shared {
		return false
	}
	absent := c.Passage.Reply.Kind == link.KindAbsent
	workerOf(c.Worker()).has.learn(c.Passage.Files, !absent)
	return absent
}

// again has a call that was lost with its worker wait for another one, or
// returns the error it ends with.
func (p *Pool) again(ctx context.Context, c *pending, call *Call, t *tally) error {
	started := t.attempts > 0 || c.End() == sched.Started
	if ctx.Err() != nil { // whether we killed the worker or it was quicker
		cause := cmp.Or(workerOf(c.Worker()).survived(call.Func, context.Cause(ctx)), context.Cause(ctx))
		return refused(call.Func, started, p.sched.GiveUp(c, &CallError{Func: call.Func, Started: started, Err: cause}))
	}
	err := workerOf(c.Worker()).survived(call.Func, nil)
	if err == nil {
		err = t.lost(c, call)
	}
	if err != nil {
		return refused(call.Func, started, p.sched.GiveUp(c, err))
	}
	return refused(call.Func, started, p.sched.Retry(c))
}

// errPoolClosed is the error of a pool that was shut down or closed.
var errPoolClosed = closed.Error("the pool is closed")

// refused returns the error of a call that the scheduler has ended with err: that the pool
// is closed is told with the function. nil stays nil.
func refused(name string, started bool, err error) error {
	if err == errPoolClosed {
		return &CallError{Func: name, Started: started, Err: err}
	}
	return err
}

// mustBeMade panics for the zero value.
func (p *Pool) mustBeMade() {
	if p.sched == nil {
		panic("ipc: Pool not made by NewPool")
	}
}
