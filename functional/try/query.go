package try

import "iter"

// Any is [functional.Any] for a function that can fail. It stops at the first
// error and returns false and that error, unless is was true before.
func Any[A any](seq iter.Seq[A], is func(A) (bool, error)) (bool, error) {
	if seq == nil || is == nil {
		panic("try: Any of a nil sequence or function")
	}
	for a := range seq {
		if ok, err := is(a); ok || err != nil {
			return err == nil, err
		}
	}
	return false, nil
}

// All is [functional.All] for a function that can fail. It stops at the first
// error and returns false and that error, unless is was false before.
func All[A any](seq iter.Seq[A], is func(A) (bool, error)) (bool, error) {
	if seq == nil || is == nil {
		panic("try: All of a nil sequence or function")
	}
	for a := range seq {
		if ok, err := is(a); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// Find is [functional.Find] for a function that can fail. It stops at the first
// error and returns zero, false and that error, unless it found an element
// before.
func Find[A any](seq iter.Seq[A], is func(A) (bool, error)) (A, bool, error) {
	if seq == nil || is == nil {
		panic("try: Find of a nil sequence or function")
	}
	var zero A
	for a := range seq {
		switch ok, err := is(a); {
		case err != nil:
			return zero, false, err
		case ok:
			return a, true, nil
		}
	}
	return zero, false, nil
}
