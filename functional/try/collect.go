package try

import "iter"

// Collect returns the values of seq before its first error, and that error.
// Without an error it returns all values and nil. As with slices.Collect, the
// slice is nil when there are no values.
//
// Collect ranges over seq in the calling goroutine, up to the error. It panics
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
