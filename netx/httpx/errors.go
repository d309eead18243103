package httpx

import (
	"os"

	"github.com/fanfold/fanfold/netx"
)

// ErrStall is the error of a body or a connection that was ended since it made no progress
// for the time of Stall. It matches os.ErrDeadlineExceeded.
var ErrStall error = stallError{}

// stallError is a net.Error, as other ends of a time are.
type stallError struct{}

func (stallError) Error() string        { return "httpx: no progress for too long" }
func (stallError) Timeout() bool        { return true }
func (stallError) Temporary() bool      { return false }
func (stallError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// A TooLargeError is the error of a body beyond the limit.
type TooLargeError = netx.TooLargeError
