package ipc

import (
	"context"
	"sync"
	"time"
)

// liar is how long a worker is believed that has begun the next call, as it says, and
// whose answer has not been found.
const liar = time.Second

// A watch ends a call on a worker when the call's ctx ends: it tells the worker,
// and kills it if that was not enough.
type watch struct {
	stop func() bool // of context.AfterFunc
	call *pending    // which leads until the watch is over

	mu     sync.Mutex
	over   bool // the call has ended: leave the worker alone
	killed bool
	grace  *time.Timer
}

// watch begins the watch over the call that leads. It returns nil if ctx never ends.
func (w *worker) watch(ctx context.Context, call *pending) *watch {
	if ctx.Done() == nil {
		return nil
	}
	c := &watch{call: call}
	id, name := call.Passage.Request.Call, call.Passage.Request.Name // call may be another one by then
	c.stop = context.AfterFunc(ctx, func() {
		if !c.ended(w) {
			return
		}
		// The worker's clock is this one's: it knows of deadlines by itself, and
		// its function then sees a deadline that was exceeded.
		if _, bounded := ctx.Deadline(); !bounded || ctx.Err() != context.DeadlineExceeded {
			w.cancel(id, name, context.Cause(ctx))
		}
	})
	return c
}

// ended starts the grace, or kills at once where there is none. It reports
// whether the worker is to be told.
func (c *watch) ended(w *worker) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return false
	case w.pool.options.Grace < 0:
		c.kill(false)
		return false
	}
	c.killAfter(w.pool.options.Grace, false)
	return true
}

// killAfter kills the worker after d, unless the call has ended. c.mu is held.
func (c *watch) killAfter(d time.Duration, force bool) {
	c.grace = time.AfterFunc(d, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.over {
			c.kill(force)
		}
	})
}

// kill kills the worker, unless it has begun another call and so answered this one: with
// force all the same. c.mu is held.
func (c *watch) kill(force bool) {
	c.killed = workerOf(c.call.Worker()).pool.sched.Doom(c.call, force)
	if !c.killed && !force {
		c.killAfter(liar, true)
	}
}

// end ends the watch and reports whether it killed the worker.
func (c *watch) end() bool {
	if c == nil || c.stop() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.grace != nil {
		c.grace.Stop()
	}
	return c.killed
}

// cancel tells the worker that the call's ctx has ended. A worker that does not
// empty its control socket within the grace is killed anyway; one that is told of a
// call it has answered meanwhile takes no notice.
func (w *worker) cancel(id uint64, name string, cause error) {
	_ = w.control.Cancel(id, name, cause, max(w.pool.options.Grace, time.Millisecond))
}
