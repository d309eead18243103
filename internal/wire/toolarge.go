package wire

import "fmt"

// A TooLargeError is the error of a message that is larger than its limit. The call of
// an argument that is too large is not started, a result that is too large is lost.
type TooLargeError struct {
	Func  string // the function that was called, the profile, or "Connection"
	What  string // "argument", "result", "profile" or "message"
	Size  int    // encoded, in bytes; of a profile, what had come of it
	Limit int    // MaxMessage of the pool, process or connection, or MaxSize of the profile, in bytes

	// Partial says that the value was not encoded to its end: it takes Size bytes at
	// least.
	Partial bool
}

// Error names the size and the limit.
func (e *TooLargeError) Error() string {
	more := ""
	if e.Partial {
		more = "at least "
	}
	if e.What == "message" {
		return fmt.Sprintf("conn: the message has %s%d bytes, the limit is %d", more, e.Size, e.Limit)
	}
	return fmt.Sprintf("ipc: %s: the %s has %s%d bytes, the limit is %d", e.Func, e.What, more, e.Size, e.Limit)
}
