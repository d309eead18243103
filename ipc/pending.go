package ipc

import (
	"context"
	"sync"

	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// A pending is a call on its way: its passage, and its place in the pool's scheduler.
type pending = sched.Call[passage]

// A seat is the scheduler's side of a worker.
type seat = sched.Worker[passage]

// pendings are used again: one that is settled is its owner's alone.
var pendings = sync.Pool{New: func() any { return sched.NewCall[passage]() }}

func newPending(ctx context.Context, call *Call) *pending {
	c := pendings.Get().(*pending)
	c.Passage = newPassage(ctx, call)
	return c
}

// free gives up a call that is settled, or was never placed.
func free(c *pending) {
	c.Reset()
	pendings.Put(c)
}

// newPassage returns the passage of a call, with the deadline of ctx.
func newPassage(ctx context.Context, call *Call) passage {
	f := frame{kind: frameCall, chunk: call.Chunk, name: call.Func, types: call.Types, files: len(call.Files), body: call.In}
	if deadline, ok := ctx.Deadline(); ok {
		f.deadline = deadline.UnixNano()
	}
	return passage{Request: f, Files: call.Files, Returns: call.ReturnsFiles}
}
