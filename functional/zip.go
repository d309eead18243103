package functional

import (
	"errors"
	"fmt"
	"iter"

	"github.com/fanfold/fanfold/internal/optional"
)

// ZipOptions says how [Zip] and its relatives read their sequences. They range
// over one sequence, and pull the elements of the other one by one. An element
// that is pulled costs a switch between goroutines, about 100 ns.
type ZipOptions struct {
	// Ahead is how many elements the operator may pull before they are needed, so
	// that they share the switch. With 256 an element costs a few nanoseconds.
	// Elements that were pulled and not needed are lost. A panic of the sequence
	// comes earlier, and a sequence that waits for something delays the elements
	// before it. 0 means that nothing is read ahead.
	Ahead int
}

// zipOptions returns the options of one call of the operator named op.
func zipOptions(op string, options []ZipOptions) (ahead int) {
	o := optional.One("functional", op, options)
	if o.Ahead < 0 {
		panic(fmt.Sprintf("functional: %s with an Ahead of %d, want 0 or more", op, o.Ahead))
	}
	return o.Ahead
}

// A Pair holds two values that belong together, where an iter.Seq2 has no room
// for them because its second value is an error.
type Pair[A, B any] struct {
	First  A // of the first sequence, or the key
	Second B // of the second, or what belongs to the key
}

// ErrUnequal reports that the sequences of a strict operator do not have the
// same length. The operator wraps it in an error that names the sequence that
// ended first, and the position.
var ErrUnequal = errors.New("functional: sequences of unequal length")

// unequal says that the sequence called short ended after n elements.
func unequal(short, long string, n int) error {
	return fmt.Errorf("%w: the %s ended after %d elements, the %s did not", ErrUnequal, short, n, long)
}

// Zip returns the pairs (a0, b0), (a1, b1)… up to the end of the shorter
// sequence. It is Python's zip. [ZipStrict] reports sequences of unequal
// length, and [ZipLongest] continues to the end of the longer one.
//
// Nothing runs until a loop ranges over the result. Then Zip ranges over a and
// pulls an element of b for each. When b ends first, Zip has read one element
// of a and discards it. When a ends first, it does not pull from b again. b
// runs in its own goroutine, which takes turns with the loop and ends before
// the loop is left. [ZipOptions] describes the cost. Zip panics at once when a
// or b is nil.
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

// ZipStrict is [Zip] of two sequences that should have the same length. When
// they do not, it yields the pairs up to the end of the shorter sequence and
// then (zero, err), with an err that matches [ErrUnequal]. It is Python's zip
// with strict=True. try.Collect and try.Until consume the result.
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

// ZipLongest is [Zip] up to the end of the longer sequence: noA and noB replace
// the elements that the shorter one does not have. It is Python's
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

// Unzip returns the first and the second values of the pairs of seq, in order,
// in two slices that are never nil. It is Python's zip(*seq).
//
// Unzip ranges over seq in the calling goroutine and returns when seq ends. It
// panics when seq is nil. It allocates as append does.
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
