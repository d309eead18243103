package try

import "iter"

// Collect ranges over seq up to its first error and returns the values before
// it, and the error. Without an error it returns all values and nil. It panics
// when seq is nil.
func Collect[A any](seq iter.Seq2[A, error]) ([]A, error) {
	if seq == nil {
		panic("try: Collect of a nil sequence")
	}
	var values []A
	for a, err := range seq {
		if err != nil {
			return values, err
		}
		values = append(values, a)
	}
	return values, nil
}
