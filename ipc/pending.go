package ipc

import (
	"context"
	"sync"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/sched"
)

// A pending is a call on its way: its passage, and its place in the pool's scheduler.
type pending = sched.Call[link.Passage]

// A seat is the scheduler's side of a worker.
type seat = sched.Worker[link.Passage]

// pendings are used again: one that is settled is its owner's alone.
var pendings = sync.Pool{New: func() any { return sched.NewCall[link.Passage]() }}

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
func newPassage(ctx context.Context, call *Call) link.Passage {
	f := link.Frame{Kind: link.KindCall, Chunk: call.Chunk, Name: call.Func, Types: call.Types, Files: len(call.Files), Body: call.In}
	if deadline, ok := ctx.Deadline(); ok {
		f.Deadline = link.Point(deadline)
	}
	return link.Passage{Request: f, Files: call.Files, Returns: call.ReturnsFiles, Shared: call.shared, Whole: call.whole}
}
