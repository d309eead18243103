package par

import (
	"context"
	"iter"
	"math"
	"sync"
)

// A pipe is one range over a MapSeq with several workers. Items are numbered
// from 0 in the order of the input and go through three hands, each of which
// keeps a counter:
//
//	feeder  reads item read into in[read%window]; waits while the window is full
//	worker  claims the lowest items not claimed; results go to out[place%window],
//	        where place is the item's number or, unordered, the next free one
//	drain   yields out[yielded%window]; waits until it is there
//
// yielded ≤ claimed ≤ read ≤ yielded+window holds at all times, so no slot is
// used twice. The rings are shorter than the window until so many items are under way.
// One lock guards it all and is never held while a function of the
// user runs.
type pipe[A, B any] struct {
	caller  context.Context
	ctx     context.Context // f's
	cancel  context.CancelFunc
	seq     iter.Seq[A]
	f       func(context.Context, A) (B, error)
	options Options

	mu       sync.Mutex
	room     sync.Cond // the feeder waits for a free slot
	supply   sync.Cond // workers wait for items
	progress sync.Cond // drain waits for results and for the end

	in  []A // as long as out; they grow up to the window
	out []result[B]

	read, claimed, placed, yielded int

	limit   int  // items from here on are not started
	feeding bool // the feeder is there
	whole   bool // the input has been read to its end, before that of the caller's context
	busy    int  // workers that are there
	waiting int  // workers that wait for items

	failures
}

type result[B any] struct {
	value B
	err   error
	there bool
}

// firstSlots is how many slots a pipe begins with, if its window is not smaller.
const firstSlots = 256

func newPipe[A, B any](ctx context.Context, seq iter.Seq[A], f func(context.Context, A) (B, error), options Options) *pipe[A, B] {
	p := &pipe[A, B]{
		caller: ctx, seq: seq, f: f, options: options,
		in: make([]A, min(options.Window, firstSlots)), out: make([]result[B], min(options.Window, firstSlots)),
		limit: math.MaxInt,
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.room.L, p.supply.L, p.progress.L = &p.mu, &p.mu, &p.mu
	return p
}

// drain starts the pipe, yields its results and waits for its end.
func (p *pipe[A, B]) drain(yield func(B, error) bool) {
	unwatch := context.AfterFunc(p.caller, func() { p.halt(0) })
	defer unwatch()
	p.feeding = true
	go p.feed()
	returned := false
	defer func() {
		p.halt(0)
		p.cancel()
		p.wait()
		// A loop body that panics or exits goes on with that.
		if f, _ := p.lowest(); returned && f.fatal() {
			f.caught.Raise()
		}
	}()
	for r, ok := p.take(0); ok; r, ok = p.take(1) {
		if !yield(r.value, r.err) {
			returned = true
			return
		}
	}
	if err := p.reason(); err != nil {
		var zero B
		yield(zero, err)
	}
	returned = true
}

// take counts so many more items as yielded and waits for the next result. There
// is none when the sequence ends here.
func (p *pipe[A, B]) take(consumed int) (result[B], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yielded += consumed
	p.room.Signal()
	for !p.out[p.yielded%len(p.out)].there {
		if p.busy == 0 && (!p.feeding || p.limit < math.MaxInt) {
			return result[B]{}, false
		}
		if f, failed := p.lowest(); failed && f.index == p.yielded && !p.options.Unordered {
			return result[B]{}, false
		}
		p.progress.Wait()
	}
	slot := &p.out[p.yielded%len(p.out)]
	r := *slot
	*slot = result[B]{}
	return r, true
}

// reason returns the error that the sequence ends with where take found no
// further result. A panic is none: it is raised after everything has stopped.
func (p *pipe[A, B]) reason() error {
	if f, failed := p.lowest(); failed {
		if f.fatal() {
			return nil
		}
		return f.asError()
	}
	p.mu.Lock()
	complete := p.whole && p.yielded == p.read
	p.mu.Unlock()
	if complete {
		return nil
	}
	return context.Cause(p.caller)
}

// halt keeps items from limit on from being started and the input from being
// read, and wakes all that wait.
func (p *pipe[A, B]) halt(limit int) {
	p.mu.Lock()
	p.limit = min(p.limit, limit)
	p.room.Signal()
	p.supply.Broadcast()
	p.progress.Signal()
	p.mu.Unlock()
}

// fail ends the sequence with what happened to an item.
func (p *pipe[A, B]) fail(f failure) {
	if p.stop(f) {
		p.halt(f.index)
		p.cancel()
	}
}

// wait waits until nothing runs.
func (p *pipe[A, B]) wait() {
	p.mu.Lock()
	for p.feeding || p.busy > 0 {
		p.progress.Wait()
	}
	p.mu.Unlock()
}
