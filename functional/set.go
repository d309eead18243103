package functional

import "iter"

// Union returns the distinct elements of a, in order, and then those of b that
// a does not have. It is Python's set.union.
//
// Nothing runs until a loop ranges over the result. Union panics at once when a
// or b is nil. The loop panics, as a map does, when an element of an interface
// type cannot be compared. Union keeps every element that it yields until the
// loop ends.
func Union[A comparable](a, b iter.Seq[A]) iter.Seq[A] {
	if a == nil || b == nil {
		panic("functional: Union of a nil sequence")
	}
	return func(yield func(A) bool) {
		seen := map[A]struct{}{}
		more := true
		pass := func(v A) bool {
			n := len(seen)
			seen[v] = struct{}{}
			more = len(seen) == n || yield(v)
			return more
		}
		if a(pass); more {
			b(pass)
		}
	}
}

// Intersection returns the distinct elements of a that b has too, in the order
// of a. It is Python's set.intersection.
//
// Nothing runs until a loop ranges over the result. Then Intersection reads all
// of b before a. It panics at once when a or b is nil. The loop panics, as a
// map does, when an element of an interface type cannot be compared.
// Intersection keeps the elements of b until the loop ends.
func Intersection[A comparable](a, b iter.Seq[A]) iter.Seq[A] {
	if a == nil || b == nil {
		panic("functional: Intersection of a nil sequence")
	}
	return func(yield func(A) bool) {
		wanted := setOf(b)
		a(func(v A) bool {
			n := len(wanted)
			delete(wanted, v)
			return len(wanted) == n || yield(v)
		})
	}
}

// Difference returns the distinct elements of a that b does not have, in the
// order of a. It is Python's set.difference.
//
// Nothing runs until a loop ranges over the result. Then Difference reads all
// of b before a. It panics at once when a or b is nil. The loop panics, as a
// map does, when an element of an interface type cannot be compared. Difference
// keeps the elements of b and those that it yields until the loop ends.
func Difference[A comparable](a, b iter.Seq[A]) iter.Seq[A] {
	if a == nil || b == nil {
		panic("functional: Difference of a nil sequence")
	}
	return func(yield func(A) bool) {
		seen := setOf(b)
		a(func(v A) bool {
			n := len(seen)
			seen[v] = struct{}{}
			return len(seen) == n || yield(v)
		})
	}
}

// SymmetricDifference returns the distinct elements of a that b does not have,
// in the order of a, and then those of b that a does not have, in the order of
// b. It is Python's set.symmetric_difference.
//
// Nothing runs until a loop ranges over the result. Then SymmetricDifference
// reads all of b before a. It panics at once when a or b is nil. The loop
// panics, as a map does, when an element of an interface type cannot be
// compared. SymmetricDifference keeps the elements of a and b until the loop
// ends.
func SymmetricDifference[A comparable](a, b iter.Seq[A]) iter.Seq[A] {
	if a == nil || b == nil {
		panic("functional: SymmetricDifference of a nil sequence")
	}
	return func(yield func(A) bool) {
		inA, inB := map[A]struct{}{}, map[A]struct{}{}
		var ofB []A
		b(func(v A) bool {
			n := len(inB)
			if inB[v] = struct{}{}; len(inB) > n {
				ofB = append(ofB, v)
			}
			return true
		})
		more := true
		a(func(v A) bool {
			n := len(inA)
			if inA[v] = struct{}{}; len(inA) > n {
				if _, common := inB[v]; !common {
					more = yield(v)
				}
			}
			return more
		})
		for i := 0; i < len(ofB) && more; i++ {
			if _, common := inA[ofB[i]]; !common {
				more = yield(ofB[i])
			}
		}
	}
}

// setOf ranges over seq and returns its elements.
func setOf[A comparable](seq iter.Seq[A]) map[A]struct{} {
	set := map[A]struct{}{}
	for a := range seq {
		set[a] = struct{}{}
	}
	return set
}
