package functional

import "iter"

// Zip3 is [Zip] of three sequences, up to the end of the shortest.
func Zip3[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], opts ...ZipOptions) iter.Seq[Triple[A, B, C]] {
	if a == nil || b == nil || c == nil {
		panic("functional: Zip3 of a nil sequence")
	}
	ahead := zipOptions("Zip3", opts)
	return func(yield func(Triple[A, B, C]) bool) {
		zip3(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(Triple[A, B, C]{va, vb, vc}) })
	}
}

// Zip3Strict is [ZipStrict] of three sequences. When one of them ends before
// another does, the triples up to there are followed by (zero, err) as the last
// element, with an err that wraps [ErrUnequal].
func Zip3Strict[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], opts ...ZipOptions) iter.Seq2[Triple[A, B, C], error] {
	if a == nil || b == nil || c == nil {
		panic("functional: Zip3Strict of a nil sequence")
	}
	ahead := zipOptions("Zip3Strict", opts)
	return func(yield func(Triple[A, B, C], error) bool) {
		err := zip3Strict(a, b, c, ahead, func(va A, vb B, vc C) bool { return yield(Triple[A, B, C]{va, vb, vc}, nil) })
		if err != nil {
			yield(Triple[A, B, C]{}, err)
		}
	}
}

// Zip3Longest is [ZipLongest] of three sequences, up to the end of the longest:
// noA, noB and noC stand for the elements that the others do not have.
func Zip3Longest[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], noA A, noB B, noC C, opts ...ZipOptions) iter.Seq[Triple[A, B, C]] {
	if a == nil || b == nil || c == nil {
		panic("functional: Zip3Longest of a nil sequence")
	}
	ahead := zipOptions("Zip3Longest", opts)
	return func(yield func(Triple[A, B, C]) bool) {
		zip3Longest(a, b, c, noA, noB, noC, ahead, func(va A, vb B, vc C) bool { return yield(Triple[A, B, C]{va, vb, vc}) })
	}
}

// zip3 calls yield for the triples of a, b and c up to the end of the shortest, or
// until yield returns false.
func zip3[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], ahead int, yield func(A, B, C) bool) {
	nextB, stopB := pull(b, ahead)
	defer stopB()
	nextC, stopC := pull(c, ahead)
	defer stopC()
	a(func(va A) bool {
		vb, ok := nextB()
		if !ok {
			return false
		}
		vc, ok := nextC()
		return ok && yield(va, vb, vc)
	})
}

// zip3Strict is zip3 that returns an error when it comes to the end of one
// sequence and not of another.
func zip3Strict[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], ahead int, yield func(A, B, C) bool) (err error) {
	nextB, stopB := pull(b, ahead)
	defer stopB()
	nextC, stopC := pull(c, ahead)
	defer stopC()
	n, left := 0, false
	a(func(va A) bool {
		vb, okB := nextB()
		if !okB {
			err = unequal("second", "first", n)
			return false
		}
		vc, okC := nextC()
		if !okC {
			err = unequal("third", "first", n)
			return false
		}
		n++
		left = !yield(va, vb, vc)
		return !left
	})
	if left || err != nil {
		return err
	}
	if _, ok := nextB(); ok {
		return unequal("first", "second", n)
	}
	if _, ok := nextC(); ok {
		return unequal("first", "third", n)
	}
	return nil
}

// zip3Longest is zip3 up to the end of the longest sequence.
func zip3Longest[A, B, C any](a iter.Seq[A], b iter.Seq[B], c iter.Seq[C], noA A, noB B, noC C, ahead int, yield func(A, B, C) bool) {
	nextB, stopB := pull(b, ahead)
	defer stopB()
	nextC, stopC := pull(c, ahead)
	defer stopC()
	bs, cs := padded[B]{nextB, noB, true}, padded[C]{nextC, noC, true}
	left := false
	a(func(va A) bool {
		vb, vc := bs.take(), cs.take()
		left = !yield(va, vb, vc)
		return !left
	})
	for !left {
		vb, vc := bs.take(), cs.take()
		left = !bs.some && !cs.some || !yield(noA, vb, vc)
	}
}

// A padded is a sequence that goes on for ever.
type padded[A any] struct {
	next func() (A, bool)
	none A    // what comes after its end
	some bool // it has not ended
}

func (p *padded[A]) take() A {
	if p.some {
		if v, ok := p.next(); ok {
			return v
		}
		p.some = false
	}
	return p.none
}
