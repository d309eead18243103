package ipc

import (
	"context"
	"sync"
	"time"
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

func (w *worker) watch(ctx context.Context, id uint64, name string) *watch {
	c := &watch{}
	if ctx.Done() == nil {
		return c
	}
	c.stop = context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.over {
			return
		}
		if w.pool.options.Grace < 0 {
			c.kill(w)
			return
		}
		w.cancel(id, name, context.Cause(ctx))
		c.grace = time.AfterFunc(w.pool.options.Grace, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !c.over {
				c.kill(w)
			}
		})
	})
	return c
}

func (c *watch) kill(w *worker) {
	c.killed = true
	w.overdue.Store(true)
	w.kill()
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

// cancel tells the worker that the call's ctx has ended. It never blocks for long: a worker
// that does not empty its control pipe is about to be killed anyway.
func (w *worker) cancel(id uint64, name string, cause error) {
	f := frame{kind: frameCancel, call: id, name: name, body: packError(context.Background(), cause)}
	_ = w.control.SetWriteDeadline(time.Now().Add(max(w.pool.options.Grace, time.Millisecond)))
	_, _ = w.control.Write(append(appendFrame(nil, &f), f.body...))
}
