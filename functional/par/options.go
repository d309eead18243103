package par

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// Options bounds a parallel operator. The zero value is the default of each field,
// and leaving the argument out is the same as Options{}.
type Options struct {
	// Workers is how many goroutines run the function at the same time, the
	// caller's included; never more than there are items. 0 means GOMAXPROCS,
	// which is right for computing; for functions that wait (files, sockets,
	// processes, machines) it is the width of what they wait for. 1 is the plain
	// loop in the calling goroutine.
	Workers int

	// Window bounds how many items [MapSeq] has read from its input and not
	// yet yielded; an item is yielded when the loop's body for it has returned.
	// 0 means twice the workers. A window below Workers keeps some of them
	// idle: the bound is kept. The other operators do not use it.
	Window int

	// Chunk is how many items a worker takes at a time. 0 lets the operator
	// measure: a chunk is meant to take some tens of microseconds, and is one
	// item where items are slower than that or there are no more items than
	// workers. With 1, items run as if each had been started on its own, in
	// order: choose it for items that wait for each other. Any other value is
	// kept exactly (the last chunk may be shorter), so that Fold, Reduce
	// and MapReduce group floating-point operations the same way every time. The
	// sorts and TopK do not use it.
	Chunk int

	// Unordered lets [MapSeq] yield results as they are completed. The other
	// operators do not use it.
	Unordered bool

	// AllErrors runs every item although some fail. The errors, each with its
	// index, are joined by errors.Join in the order of their items and returned with the result of
	// the items that succeeded; where an item failed the result is zero. A
	// panic still stops the rest. A context that ends does too: its cause is
	// the last of the joined errors.
	AllErrors bool
}

// PanicError is what the callers of a parallel operator panic with when a function
// of theirs panicked: the value and the stack of the goroutine it happened in.
type PanicError = panics.PanicError

// checked returns the options of the operator op, with Workers set.
func checked(op string, options []Options) Options {
	p := optional.One("par", op, options)
	if p.Workers < 0 || p.Window < 0 || p.Chunk < 0 {
		panic(fmt.Sprintf("par: %s with a negative size in %+v", op, p))
	}
	if p.Workers == 0 {
		p.Workers = runtime.GOMAXPROCS(0)
	}
	return p
}

// A grain says how many items a worker claims at a time.
type grain struct {
	fixed int           // this many, if not 0
	aim   time.Duration // otherwise as many as take about this long
	calls bool          // a chunk is one call, whose fixed cost is unknown
}

// items is the grain of functions that are called for one item. A chunk is to
// take a thousand times what claiming it costs, and is short enough for the
// workers to end together.
func (p Options) items() grain {
	if p.Workers == 1 && p.Chunk == 0 {
		return grain{fixed: math.MaxInt} // the loop
	}
	return grain{fixed: p.Chunk, aim: 40 * time.Microsecond}
}

// perCall is the grain of functions that are called for a chunk: perhaps a message
// to another process, which takes some 10 µs.
func (p Options) perCall() grain {
	return grain{fixed: p.Chunk, aim: 400 * time.Microsecond, calls: true}
}
