package functional

import "fmt"

// An IndexError is the error of one element and says which element that was. The
// operators of package par return their errors so, and try.Indexed makes them.
type IndexError struct {
	Index int   // position in the sequence, counted from 0
	Err   error // what went wrong there
}

// Error returns the text of Err with the index before it.
func (e *IndexError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

// Unwrap returns Err, so that errors.Is and errors.As find it.
func (e *IndexError) Unwrap() error { return e.Err }
