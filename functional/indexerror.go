package functional

import "fmt"

// An IndexError is the error of one element, with the position of that element.
// The operators of package par return the errors of items as *IndexError, and
// try.Indexed makes them. Another error in Err matches through it.
type IndexError struct {
	Index int   // position in the sequence, counted from 0
	Err   error // what went wrong there
}

// Error returns the text of Err with the index before it.
func (e *IndexError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

// Unwrap returns Err: the IndexError matches what Err matches.
func (e *IndexError) Unwrap() error { return e.Err }
