package functional

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/fanfold/fanfold/internal/panics"
)

// Par bounds a parallel operator. The zero value is the default of each field,
// and leaving the argument out is the same as Par{}.
type Par struct {
	// Workers is how many goroutines run the function at the same time, the
	// caller's included; never more than there are items. 0 means GOMAXPROCS,
	// which is right for computing; for functions that wait (files, sockets,
	// processes, machines) it is the width of what they wait for. 1 is the plain
	// loop in the calling goroutine.
	Workers int

	// Window bounds how many items [ParMapSeq] has read from its input and not
	// yet yielded; an item is yielded when the loop's body for it has returned.
	// 0 means twice the workers. A window below Workers keeps some of them
	// idle: the bound is kept. The other operators do not use it.
	Window int

	// Chunk is how many items a worker takes at a time. 0 lets the operator
	// measure: a chunk is meant to take some tens of microseconds, and is one
	// item where items are slower than that or there are no more items than
	// workers. With 1, items run as if each had been started on its own, in
	// order: choose it for items that wait for each other. Any other value is
	// kept exactly (the last chunk may be shorter), so that ParFold, ParReduce
	// and MapReduce group floating-point operations the same way every time. The
	// sorts and ParTopK do not use it.
	Chunk int

	// Unordered lets [ParMapSeq] yield results as they are completed. The other
	// operators do not use it.
	Unordered bool

	// AllErrors runs every item although some fail. The errors are returned
	// together, by errors.Join in the order of their items, with the result of
	// the items that succeeded; where an item failed the result is zero. A
	// panic still stops the rest. A context that ends does too: its cause is
	// the last of the joined errors.
	AllErrors bool
}

// PanicError is what the callers of a parallel operator, of a [Cache] or of
// [Once] panic with when a function of theirs panicked in another goroutine, or
// might have: the value and the stack of the goroutine it happened in.
type PanicError = panics.PanicError

// ErrEmpty is returned where the result of no items is undefined: [ParReduce]
// and [MapReduce] of an empty slice.
var ErrEmpty = errors.New("functional: empty input")

// options returns the Par of the operator op, checked, with Workers set.
func options(op string, par []Par) Par {
	var p Par
	switch len(par) {
	case 0:
	case 1:
		p = par[0]
	default:
		panic(fmt.Sprintf("functional: %s with %d Par arguments, want at most one", op, len(par)))
	}
	if p.Workers < 0 || p.Window < 0 || p.Chunk < 0 {
		panic(fmt.Sprintf("functional: %s with a negative size in %+v", op, p))
	}
	if p.Workers == 0 {
		p.Workers = runtime.GOMAXPROCS(0)
	}
	return p
}
