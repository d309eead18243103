package concurrent

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
)

// errBeaten is the end of the context of those that did not win a race.
var errBeaten = fmt.Errorf("concurrent: another was faster: %w", context.Canceled)

// Staggered starts the functions fs one after the other, each in a goroutine of its
// own, and returns the first result: "happy eyeballs" (RFC 8305),
// asyncio.staggered. It starts the next function when delay has passed since the
// last start, or at once when the last function has failed. With a delay of 0 all
// functions start at the same time: a race. With a negative delay each starts only
// after the one before has failed.
//
// After the first success Staggered cancels the context of the others and blocks
// until they have ended. A function that ignores its context delays it. A result
// that comes too late is closed if it is an io.Closer, as connections and files
// are, and dropped otherwise. The method f.Result of a [Future] may be one of fs.
// The future continues if it loses.
//
// When all functions fail, Staggered returns their errors in the order of fs,
// joined by errors.Join. A single error is returned as it is. When ctx ends, no
// further function is started, and Staggered waits for the running ones. If one of
// them succeeds nevertheless, Staggered returns its result. Otherwise errors that
// only report the end of ctx are left out, and the last error is the cause of ctx.
// When ctx is done on entry, Staggered calls nothing and returns the cause.
//
// A panic or Goexit of a function is raised in the caller, even if another one has
// succeeded. A panic arrives as a *[PanicError]. Before that, the other functions
// are canceled and waited for, and no further one is started. Of several, the first
// in the order of fs is raised, panics before Goexits.
//
// Without functions Staggered returns [ErrEmpty]. It panics when one of fs is nil.
func Staggered[T any](ctx context.Context, delay time.Duration, fs ...func(context.Context) (T, error)) (T, error) {
	for _, f := range fs {
		if f == nil {
			panic("concurrent: Staggered of a nil function")
		}
	}
	var zero T
	if ctx.Err() != nil {
		return zero, context.Cause(ctx)
	}
	if len(fs) == 0 {
		return zero, ErrEmpty
	}
	r := &race[T]{caller: ctx, fs: fs, delay: delay, errs: make([]error, len(fs)), caught: make([]*panics.Caught, len(fs)), results: make(chan raced[T], len(fs))}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	r.run()
	return r.result()
}

type race[T any] struct {
	caller, ctx context.Context
	cancel      context.CancelCauseFunc
	fs          []func(context.Context) (T, error)
	delay       time.Duration
	results     chan raced[T] // has room for all

	started int
	over    bool // no further one is called
	errs    []error
	caught  []*panics.Caught // in the order of fs
	won     []T              // the winner, and those that came too late
}

// raced is what came of one of the functions.
type raced[T any] struct {
	index int
	value T
	result
}

// run calls the functions and collects what comes of them.
func (r *race[T]) run() {
	var timer *time.Timer
	var fire <-chan time.Time
	if r.delay > 0 {
		timer = time.NewTimer(r.delay)
		defer timer.Stop()
		fire = timer.C
	}
	next := func() {
		for r.started < len(r.fs) && !r.over && r.ctx.Err() == nil {
			r.start(r.started)
			r.started++
			if timer != nil {
				timer.Reset(r.delay)
			}
			if r.delay != 0 {
				break
			}
		}
	}
	next()
	for running := r.started; running > 0; {
		select {
		case got := <-r.results:
			r.take(got)
			before := r.started
			if got.index == r.started-1 { // not after a success: the race is over
				next()
			}
			running += r.started - before - 1
		case <-fire:
			before := r.started
			next()
			running += r.started - before
		}
	}
}

// start calls the function with this index in a goroutine.
func (r *race[T]) start(index int) {
	go func() {
		got := raced[T]{index: index}
		finish(func() (err error) {
			got.value, err = r.fs[index](r.ctx)
			return err
		}, func(how result) {
			got.result = how
			r.results <- got
		})
	}()
}

// take notes what came of one of the functions.
func (r *race[T]) take(got raced[T]) {
	r.errs[got.index], r.caught[got.index] = got.err, got.caught
	switch {
	case got.err == nil:
		r.won = append(r.won, got.value)
		r.over = true
		r.cancel(errBeaten)
	case got.caught != nil:
		r.over = true
		r.cancel(&CanceledError{Cause: got.err})
	}
}

// result returns or raises what came of the race when nothing runs any more.
func (r *race[T]) result() (T, error) {
	var zero T
	late := r.won
	defer func() { closeAll(late) }()
	var caught *panics.Caught
	for _, c := range r.caught {
		caught = caught.Or(c)
	}
	caught.Raise()
	if len(r.won) > 0 {
		late = r.won[1:]
		return r.won[0], nil
	}
	var errs []error
	cut := r.started < len(r.fs)
	for _, err := range r.errs[:r.started] {
		if r.caller.Err() != nil && onlyEnd(r.caller, err) {
			cut = true
		} else {
			errs = append(errs, err)
		}
	}
	if cut {
		errs = append(errs, context.Cause(r.caller))
	}
	return zero, joined(errs)
}

// closeAll closes those of values that can be closed, also when one of them panics. The
// errors have no receiver.
func closeAll[T any](values []T) {
	for i, v := range values {
		if c, ok := any(v).(io.Closer); ok {
			returned := false
			func() {
				defer func() {
					if !returned {
						closeAll(values[i+1:])
					}
				}()
				_ = c.Close()
				returned = true
			}()
		}
	}
}
