package par

import (
	"context"
	"sync/atomic"
)

// A call is one call of an operator: it runs the items [0, n). Workers claim ranges
// of them from one cursor, so every item below a claimed one is claimed too. The
// caller is the first worker. It starts one helper before its first item, so that a
// slow item holds nothing up, and each helper starts the next one while there is
// work left: a call that is over before the first helper gets a processor has paid
// for one go statement.
type call struct {
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

	helpers helpers
	failures
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
	c := &call{n: n, workers: min(p.Workers, n), grain: g, allErrors: p.AllErrors, run: run}
	c.ctx.Context = ctx
	c.limit.Store(int64(n))
	return c.do()
}

func (c *call) do() (err error) {
	// Deferred, because the caller's own share may end in a Goexit.
	defer func() { err = c.end() }()
	if c.workers > 1 {
		go c.help(1)
	}
	c.work()
	return nil
}

// left reports whether there is anything to claim.
func (c *call) left() bool { return c.next.Load() < c.limit.Load() }

// end waits for the helpers and says how the call ended.
func (c *call) end() error {
	c.helpers.dismiss()
	c.ctx.end()
	if c.first.err != nil {
		c.first.caught.Raise()
		return c.first.asError()
	}
	var cause error
	if c.cut.Load() {
		cause = context.Cause(c.ctx.Context)
	}
	return c.joined(cause)
}
