package functional

import (
	"errors"
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/internal/optional"
)

// ZipOptions says how [Zip] and its relatives read their sequences. They range
// over one of them; the others have to be asked element by element, which costs a
// switch between goroutines, some 100 ns, for each.
type ZipOptions struct {
	// Ahead is how many elements may be read from each of the other sequences
	// before they are needed, to share that switch. With 256 an element costs a few
	// nanoseconds. Elements that were read ahead and not needed are lost, a panic of
	// the sequence comes that much earlier, and a sequence that waits for something
	// holds up those before it. 0 means that nothing is read ahead.
	Ahead int
}

// zipOptions returns the options of one call of the operator named op.
func zipOptions(op string, options []ZipOptions) (ahead int) {
	o := optional.One("functional", op, options)
	if o.Ahead < 0 {
		panic(fmt.Sprintf("functional: %s reading %d elements ahead", op, o.Ahead))
	}
	return o.Ahead
}

// A Pair is two values that belong together, where an iter.Seq2 has no room for
// them because its second value is an error.
type Pair[A, B any] struct {
	First  A // of the first sequence, or the key
	Second B // of the second, or what belongs to the key
}

// ErrUnequal is what the strict operators report of sequences that do not have
// the same length. It comes wrapped in an error that says which ended first and
// where.
var ErrUnequal = errors.New("functional: sequences of unequal length")

// unequal says that the sequence called short ended after n elements.
func unequal(short, long string, n int) error {
	return fmt.Errorf("%w: the %s ended after %d elements, the %s did not", ErrUnequal, short, n, long)
}

// Zip returns the pairs (a0, b0), (a1, b1)… up to the end of the shorter
// sequence. It is Python's zip. [ZipStrict] reports sequences of unequal length,
// [ZipLongest] goes on to the end of the longer one.
//
// Nothing runs until the result is ranged over. Then Zip ranges over a and asks b
// for each element: when b ends first, one element of a has been read for nothing;
// when a ends first, b has not been asked again. b runs in a goroutine of its own,
// one at a time with the loop, and is stopped before the loop is left. Zip panics
// at once when a or b is nil. For the cost see [ZipOptions].
func Zip[A, B any](a iter.Seq[A], b iter.Seq[B], options ...ZipOptions) iter.Seq2[A, B] {
	if a == nil || b == nil {
		panic("functional: Zip of a nil sequence")
	}
	ahead := zipOptions("Zip", options)
	return func(yield func(A, B) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		a(func(va A) bool {
			vb, ok := next()
			return ok && yield(va, vb)
		})
	}
}

// ZipStrict is [Zip] of two sequences that should have the same length. When they
// have not, the pairs up to the end of the shorter are followed by (zero, err) as
// the last element, with an err that wraps [ErrUnequal]. It is Python's zip with
// strict=True; try.Collect and try.Until consume the result.
func ZipStrict[A, B any](a iter.Seq[A], b iter.Seq[B], options ...ZipOptions) iter.Seq2[Pair[A, B], error] {
	if a == nil || b == nil {
		panic("functional: ZipStrict of a nil sequence")
	}
	ahead := zipOptions("ZipStrict", options)
	return func(yield func(Pair[A, B], error) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		n, left := 0, false
		a(func(va A) bool {
			vb, ok := next()
			if ok {
				n++
				left = !yield(Pair[A, B]{va, vb}, nil)
			} else {
				left = true
				yield(Pair[A, B]{}, unequal("second", "first", n))
			}
			return !left
		})
		if left {
			return
		}
		if _, ok := next(); ok {
			yield(Pair[A, B]{}, unequal("first", "second", n))
		}
	}
}

// ZipLongest is [Zip] up to the end of the longer sequence: noA and noB stand for
// the elements that the shorter does not have. It is Python's
// itertools.zip_longest.
func ZipLongest[A, B any](a iter.Seq[A], b iter.Seq[B], noA A, noB B, options ...ZipOptions) iter.Seq2[A, B] {
	if a == nil || b == nil {
		panic("functional: ZipLongest of a nil sequence")
	}
	ahead := zipOptions("ZipLongest", options)
	return func(yield func(A, B) bool) {
		next, stop := pull(b, ahead)
		defer stop()
		some, left := true, false
		a(func(va A) bool {
			vb := noB
			if some {
				if vb, some = next(); !some {
					vb = noB
				}
			}
			left = !yield(va, vb)
			return !left
		})
		for some && !left {
			var vb B
			if vb, some = next(); some {
				left = !yield(noA, vb)
			}
		}
	}
}

// Unzip ranges over seq in the calling goroutine and returns the first and the
// second values of its pairs, in order, in two slices that are never nil. It is
// Python's zip(*seq). Unzip panics when seq is nil. Its allocations are those of
// append.
func Unzip[A, B any](seq iter.Seq2[A, B]) ([]A, []B) {
	if seq == nil {
		panic("functional: Unzip of a nil sequence")
	}
	as, bs := []A{}, []B{}
	for a, b := range seq {
		as, bs = append(as, a), append(bs, b)
	}
	return as, bs
}
