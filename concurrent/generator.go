package concurrent

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/optional"
)

// GenerateOptions are the options of [Generate]. The zero value is the default.
type GenerateOptions struct {
	// Buffer is how many elements the producer may be ahead of the loop, in
	// addition to the one that it computes. Zero means none: yield returns when the
	// loop has taken the element. The room for all of them is allocated when the loop
	// begins, so Buffer must not be above 1,048,576.
	Buffer int
}

const maxGenerateBuffer = 1 << 20

// errLeft is the end of a producer's context whose consumer has left the loop.
var errLeft = fmt.Errorf("concurrent: the loop over the sequence was left: %w", context.Canceled)

// Generate returns the sequence of the values that f passes to yield: Python's
// asynchronous generator. In contrast to a func(yield func(T) bool), f runs in a
// goroutine of its own. It computes the next element while the loop works on the
// current one. Its ctx ends when the loop is left. It may return an error.
//
// Nothing runs until the sequence is ranged over, and each range calls f again.
// yield blocks until the loop has taken the element, or the buffer has room. When
// yield returns an error, context.Cause(ctx), the element was not taken, and f
// should clean up and return. Several goroutines that f waits for may call yield.
// yield must not be called after f has returned.
//
// The loop ends when f has returned. It first gets all elements that yield
// accepted. If f failed, it then gets the zero value with the error of f. When ctx
// ends, f sees that, and the loop continues until f returns: an f that ignores its
// context delays the loop. If f returns nil although yield refused an element, the
// error is the cause of ctx. A ctx that is done on entry runs nothing and yields
// its cause.
//
// Leaving the loop, by break, return, panic or Goexit, ends the context of f and
// blocks until f has returned. If f then fails with an error that does not only
// report the end of its context, the failure hook gets that error
// ([SetFailureHook]). A panic or Goexit of f is raised in the goroutine that
// ranges, as a *[PanicError]: after the elements before it, or when the loop is
// left.
//
// Generate panics when f is nil or Buffer is out of range.
func Generate[T any](ctx context.Context, f func(ctx context.Context, yield func(T) error) error, options ...GenerateOptions) iter.Seq2[T, error] {
	if f == nil {
		panic("concurrent: Generate of a nil function")
	}
	o := optional.One("concurrent", "Generate", options)
	if o.Buffer < 0 || o.Buffer > maxGenerateBuffer {
		panic(fmt.Sprintf("concurrent: Generate: Buffer is %d, want 0 to %d", o.Buffer, maxGenerateBuffer))
	}
	return func(yield func(T, error) bool) {
		var zero T
		if ctx.Err() != nil {
			yield(zero, context.Cause(ctx))
			return
		}
		p := startProducer(ctx, f, o.Buffer)
		defer p.stop() // the loop may be left by a panic
		for v := range p.elements {
			if !yield(v, nil) {
				return
			}
		}
		p.ended = true
		if r := p.result; r.err != nil && r.caught == nil {
			yield(zero, r.err)
		}
	}
}

// A producer is the f of one range over a Generate.
type producer[T any] struct {
	f        func(context.Context, func(T) error) error
	ctx      context.Context
	cancel   context.CancelCauseFunc
	elements chan T // closed when f has returned
	refused  atomic.Bool
	result   result // what came of f; set before elements is closed
	ended    bool   // the loop has taken every element
}

func startProducer[T any](ctx context.Context, f func(context.Context, func(T) error) error, buffer int) *producer[T] {
	p := &producer[T]{f: f, elements: make(chan T, buffer)}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	go finish(func() error { return f(p.ctx, p.yield) }, func(r result) {
		if r.err == nil && p.refused.Load() {
			r.err = context.Cause(p.ctx)
		}
		p.result = r
		close(p.elements)
	})
	return p
}

// yield hands v to the loop.
func (p *producer[T]) yield(v T) error {
	if p.ctx.Err() == nil {
		select {
		case p.elements <- v:
			return nil
		case <-p.ctx.Done():
		}
	}
	p.refused.Store(true)
	return context.Cause(p.ctx)
}

// stop waits until f has returned, and raises what has to be raised.
func (p *producer[T]) stop() {
	p.cancel(errLeft)
	for range p.elements {
	}
	p.result.caught.Raise()
	if err := p.result.err; !p.ended && err != nil && !onlyEnd(p.ctx, err) {
		report(Failure{Err: err, Name: nameOf(pcOf(p.f))})
	}
}
