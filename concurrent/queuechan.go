package concurrent

import (
	"context"
	"iter"
)

// FromChan returns the sequence of the elements received from ch, until ch is
// closed. When ctx ends, or is done on entry, the sequence yields its cause once,
// with a zero element, and ends, also when ch is closed after that. It receives an
// element only when the loop asks for it.
func FromChan[T any](ctx context.Context, ch <-chan T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, ok, err := receive(ctx, ch)
			if err == nil && !ok {
				if ctx.Err() == nil {
					return
				}
				err = context.Cause(ctx) // the sender may have closed ch because of that
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

func receive[T any](ctx context.Context, ch <-chan T) (v T, ok bool, err error) {
	if ctx.Err() != nil {
		return v, false, context.Cause(ctx)
	}
	select {
	case v, ok = <-ch:
		return v, ok, nil
	case <-ctx.Done():
	}
	select {
	case v, ok = <-ch: // both were ready: what is there is taken
		return v, ok, nil
	default:
		return v, false, context.Cause(ctx)
	}
}

// ToChan sends the elements of seq to ch and returns how many it sent. It blocks
// until all are sent. When ctx ends, it returns a *[PutError] with the cause and
// the element that it could not send, and asks seq for no more. When ctx is done on
// entry, it asks seq for nothing and returns the cause as it is, and so when seq itself
// ends after ctx.
//
// ToChan starts no goroutine and does not close ch. The goroutine that made the
// channel does:
//
//	lines := make(chan string)
//	go func() {
//		defer close(lines)
//		concurrent.ToChan(ctx, seq, lines)
//	}()
//
// [Queue.PutSeq] does the same for a queue, and [Queue.All] is the way back.
func ToChan[T any](ctx context.Context, seq iter.Seq[T], ch chan<- T) (n int, err error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	for v := range seq {
		if !send(ctx, ch, v) {
			return n, &PutError[T]{v, context.Cause(ctx)}
		}
		n++
	}
	return n, endedWith(ctx)
}

// endedWith returns the cause of ctx if it has ended by the time a sequence has: it may
// be the sequence that has looked at it.
func endedWith(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func send[T any](ctx context.Context, ch chan<- T, v T) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case ch <- v:
		return true
	case <-ctx.Done():
	}
	select {
	case ch <- v:
		return true
	default:
		return false
	}
}
