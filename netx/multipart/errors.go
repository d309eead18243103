package multipart

import (
	"fmt"
	"io"
)

// An Error says what is wrong with a body. It holds nothing that the body says.
type Error struct {
	What  string // is wrong
	Limit int64  // that was exceeded; 0 if none was
}

// Error returns the text of the error.
func (e *Error) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("multipart: %s, limit %d", e.What, e.Limit)
	}
	return "multipart: " + e.What
}

// errCut is what a body gives that ends too early.
var errCut = fmt.Errorf("multipart: the body ends before its last boundary: %w", io.ErrUnexpectedEOF)
