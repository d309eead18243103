package concurrent

import (
	"github.com/fanfold/fanfold/internal/list"
	"github.com/fanfold/fanfold/internal/panics"
)

// A callback is what is to be called at the end of a future.
type callback = list.Node[func()]

// callAll calls cb, which may be nil, and those after it, whatever they do.
func callAll(cb *callback) {
	for ; cb != nil; cb = cb.Next() {
		exit := func(caught *panics.Caught) {
			report(Failure{Err: caught.Err(), Name: nameOf(pcOf(cb.Value))})
			callAll(cb.Next())
		}
		if caught := panics.Try(cb.Value, exit); caught != nil {
			report(Failure{Err: caught.Err(), Name: nameOf(pcOf(cb.Value))})
		}
	}
}
