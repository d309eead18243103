package ipc

import (
	"context"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// A watch ends a call on a worker when the call's ctx ends: it tells the worker,
// and kills it if that was not enough.
type watch struct {
	stop func() bool // of context.AfterFunc; nil if ctx never ends

	mu     sync.Mutex
	over   bool // the call has ended: leave the worker alone
	killed bool
	grace  *time.Timer
}

// watch begins the watch over the call that leads.
func (w *worker) watch(ctx context.Context, call *pending) *watch {
	c := &watch{}
	if ctx.Done() == nil {
		return c
	}
	id, name := call.Request.call, call.call.Func // call may be another one by then
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
// whether there is somebody left to talk to.
func (c *watch) ended(w *worker) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return false
	case w.pool.options.Grace < 0:
		c.kill(w)
		return false
	}
	c.grace = time.AfterFunc(w.pool.options.Grace, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.over {
			c.kill(w)
		}
	})
	return true
}

func (c *watch) kill(w *worker) {
	c.killed = true
	w.overdue.Store(true)
	w.Kill()
}

// end ends the watch and reports whether it killed the worker.
func (c *watch) end() bool {
	if c.stop == nil || c.stop() {
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
	f := frame{kind: frameCancel, call: id, name: name, body: remote.PackCause(cause, maxCause)}
	_ = w.control.send(f, nil, time.Now().Add(max(w.pool.options.Grace, time.Millisecond)))
}
