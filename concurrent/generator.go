package concurrent

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// GenerateOptions change how [Generate] works. The zero value is the default.
type GenerateOptions struct {
	// Buffer is how many elements the producer may be ahead of the loop, beside
	// the one it is working on. 0 means none: yield returns when the loop has
	// taken the element.
	Buffer int
}

// errLeft is the end of a producer's context whose consumer has left the loop.
var errLeft = fmt.Errorf("concurrent: the loop over the sequence was left: %w", context.Canceled)

// Generate returns the sequence of what f passes to yield: Python's asynchronous
// generator. Unlike a sequence written as a func(yield func(T) bool), f runs in a
// goroutine of its own, so that it works on the next element while the loop works on
// this one, its ctx ends when the loop is left, and it may fail.
//
// Nothing happens until the result is ranged over, and each range runs f anew. When
// yield returns an error, context.Cause(ctx), the element was not taken and f should
// clean up and return. It may be called from several goroutines that f waits for,
// and not after f has returned. The loop ends when f has returned: first come all
// elements that yield took, then, if f failed, (zero, its error).
//
// When ctx ends f sees it, and the loop goes on until f returns: an f that does not
// heed its context holds it up. If f returns nil although an element was refused, the
// cause of ctx is the error. A ctx that is done on entry runs nothing and yields its
// cause.
//
// Leaving the loop, by break, return, panic or Goexit, ends the context of f and
// waits until f has returned. An error that f then returns, other than that its
// context had ended, goes to the failure hook ([SetFailureHook]), for nobody else is
// there to get it. A panic or Goexit of f is raised in the goroutine that ranges, as
// a *[PanicError], after the elements before it or when the loop is left.
//
// Generate panics when f is nil or the buffer is negative.
func Generate[T any](ctx context.Context, f func(ctx context.Context, yield func(T) error) error, options ...GenerateOptions) iter.Seq2[T, error] {
	if f == nil {
		panic("concurrent: Generate of a nil function")
	}
	o := optional.One("concurrent", "Generate", options)
	if o.Buffer < 0 {
		panic(fmt.Sprintf("concurrent: Generate with Buffer %d", o.Buffer))
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
		if p.err != nil && !fatal(p.err) {
			yield(zero, p.err)
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
	err      error // what came of f; set before elements is closed
	ended    bool  // the loop has taken every element
}

func startProducer[T any](ctx context.Context, f func(context.Context, func(T) error) error, buffer int) *producer[T] {
	p := &producer[T]{f: f, elements: make(chan T, buffer)}
	p.ctx, p.cancel = context.WithCancelCause(ctx)
	go finish(func() error { return f(p.ctx, p.yield) }, func(err error) {
		if err == nil && p.refused.Load() {
			err = context.Cause(p.ctx)
		}
		p.err = err
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
	panics.Raise(p.err)
	if !p.ended && p.err != nil && !onlyEnd(p.ctx, p.err) {
		report(Failure{Err: p.err, Name: nameOf(pcOf(p.f))})
	}
}
