package par

import (
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/internal/panics"
)

// Options bounds a parallel operator. The zero value of each field is its
// default. To leave the argument out is the same as Options{}.
type Options struct {
	// Workers is how many goroutines run the function at the same time, the
	// caller's included. There are never more than items. 0 means GOMAXPROCS,
	// which suits computing. For functions that wait (files, sockets, processes,
	// machines) set the number of calls that may wait at the same time. 1 is the
	// plain loop in the calling goroutine.
	Workers int

	// Window bounds the items that [MapSeq] has read from its input and the loop
	// has not consumed. An item is consumed when the loop's body for it has
	// returned. 0 means twice Workers. A Window below Workers keeps some of them
	// idle. The other operators do not use it.
	Window int

	// Chunk is how many items a worker takes at a time. With 0 the operator
	// measures: a chunk should take tens of microseconds. It is one item where
	// items are slower, or where there are no more items than workers. With 1 each
	// item runs as if it had been started on its own, in order: choose it for items
	// that wait for each other. Any other value is exact, except that the last
	// chunk may be shorter. [Fold], [Reduce] and [MapReduce] then group
	// floating-point operations the same way every time. The sorts and TopK do not
	// use it.
	Chunk int

	// Unordered lets [MapSeq] yield results as they complete. The other operators
	// do not use it.
	Unordered bool

	// AllErrors runs every item although some fail. The operator returns the
	// results of the items that succeeded, with zero for those that failed. It
	// joins the errors, each with its index, by errors.Join in the order of their
	// items. A panic still stops the other items. A context that ends does too,
	// and its cause is the last of the joined errors.
	AllErrors bool
}

// A PanicError holds the value and the stack of a panic. An operator panics
// with one, in the caller's goroutine, when a function of the caller panicked
// in any goroutine.
type PanicError = panics.PanicError

// checked returns the options of the operator op, with Workers set.
func checked(op string, options []Options) Options {
	p := optional.One("par", op, options)
	if p.Workers < 0 || p.Window < 0 || p.Chunk < 0 {
		panic(fmt.Sprintf("par: %s with a negative size in %+v, want 0 or more", op, p))
	}
	if p.Workers == 0 {
		p.Workers = runtime.GOMAXPROCS(0)
	}
	p.Workers = min(p.Workers, math.MaxInt/64) // so that a few times as many can be counted
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
