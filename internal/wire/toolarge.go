package wire

import "fmt"

// A TooLargeError is the error of a message that is larger than its limit. The call of
// an argument that is too large is not started, a result that is too large is lost.
type TooLargeError struct {
	Func  string // the function that was called, the profile, or "Connection"
	What  string // "argument", "result", "profile" or "message"
	Size  int    // encoded, in bytes; of a profile, what had come of it
	Limit int    // MaxMessage of the pool, process or connection, or MaxSize of the profile, in bytes
}

// Error names the size and the limit.
func (e *TooLargeError) Error() string {
	if e.What == "message" {
		return fmt.Sprintf("conn: the message has %d bytes, the limit is %d", e.Size, e.Limit)
	}
	return fmt.Sprintf("ipc: %s: the %s has %d bytes, the limit is %d", e.Func, e.What, e.Size, e.Limit)
}
