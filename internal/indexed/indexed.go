// Package indexed holds the error that says which of several values failed. The packages
// that return it export it under the same name.
package indexed

import "fmt"

// An IndexError is the error of one element, with the position of that element.
type IndexError struct {
	Index int   // position in the sequence, counted from 0
	Err   error // what went wrong there
}

// Error returns the text of Err with the index before it.
func (e *IndexError) Error() string { return fmt.Sprintf("element %d: %v", e.Index, e.Err) }

// Unwrap returns Err: the IndexError matches what Err matches.
func (e *IndexError) Unwrap() error { return e.Err }
