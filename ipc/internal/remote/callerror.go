package remote

import "fmt"

// A CallError is the error of a call that was ended before it was done: its ctx ended, or
// its pool was closed. It matches what Err matches.
type CallError struct {
	Func    string // the function that was called
	Started bool   // the function may have begun to run; if not, nothing has happened
	Err     error  // context.Cause of the ctx, or that the pool is closed
}

// Error names the function, says whether it had started, and why it was ended.
func (e *CallError) Error() string {
	if e.Started {
		return fmt.Sprintf("ipc: %s was ended while it ran: %v", e.Func, e.Err)
	}
	return fmt.Sprintf("ipc: %s was given up before it started: %v", e.Func, e.Err)
}

// Unwrap returns Err.
func (e *CallError) Unwrap() error { return e.Err }
