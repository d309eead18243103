package concurrent

import (
	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/internal/panics"
)

// A callback is what is to be called at the end of a future.
type callback = list.Node[ending]

// An ending is called at the end of a future. One that ends another future returns the
// callbacks of that one, the first of them, instead of calling them: so the end of a
// chain of futures is a loop, however long the chain is.
type ending interface{ ended() *callback }

// plain is an ending that is a function, of the user's or of the package's own.
type plain func()

func (f plain) ended() *callback {
	f()
	return nil
}

// callAll calls cb, which may be nil, and those after it, whatever they do.
func callAll(cb *callback) {
	if cb == nil {
		return
	}
	e := endings{next: cb}
	returned := false
	defer func() {
		for !returned && e.next != nil {
			// One called Goexit. The others cannot run in this goroutine, since one of
			// them may do so again.
			over := make(chan struct{})
			go func() {
				defer close(over)
				e.run()
			}()
			<-over
		}
	}()
	e.run()
	returned = true
}

// endings are the callbacks that are still to be called.
type endings struct {
	next  *callback
	later []*callback // the rest of each future whose callback has ended another one
}

// run calls them until there are none, or one calls Goexit.
func (e *endings) run() {
	for e.next != nil {
		cb := e.next
		e.step(cb.Next())
		f, isPlain := cb.Value.(plain)
		if !isPlain {
			if more := cb.Value.ended(); more != nil {
				e.later = append(e.later, e.next)
				e.step(more)
			}
			continue
		}
		failed := func(caught *panics.Caught) {
			report(Failure{Err: caught.Err(), Name: nameOf(pcOf((func())(f)))})
		}
		if caught := panics.Try(f, failed); caught != nil {
			failed(caught)
		}
	}
}

// step makes cb the next one or, if it is nil, the one that was put off last.
func (e *endings) step(cb *callback) {
	e.next = cb
	for e.next == nil && len(e.later) > 0 {
		last := len(e.later) - 1
		e.next, e.later = e.later[last], e.later[:last]
	}
}
