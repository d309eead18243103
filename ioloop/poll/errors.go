package poll

import (
	"errors"
	"fmt"
)

// Errors that methods of a [Poller] return.
var (
	// ErrClosed is returned by a poller after Close.
	ErrClosed = errors.New("poll: the poller is closed")
	// ErrStale is returned for a token whose registration was removed.
	ErrStale = errors.New("poll: the token is stale")
	// ErrNotPollable is found in an [*FDError] for a descriptor that has no readiness:
	// a regular file, a folder, a block device, or what the backend refuses. Epoll
	// refuses /dev/null, for example.
	ErrNotPollable = errors.New("the file cannot be waited for")
)

// An FDError is returned by [Poller.Add] and [Poller.Modify] for a descriptor that cannot
// be waited for.
type FDError struct {
	FD      int     // the descriptor
	Limit   int     // descriptors must be below Limit; 0 where there is none
	Backend Backend // the backend that refuses
	// Err is the reason:
	//   - syscall.EBADF: the number is closed or negative.
	//   - fs.ErrExist: it was added before.
	//   - [ErrNotPollable]: the file has no readiness.
	//   - syscall.EINVAL: the number is not below Limit.
	//   - syscall.EBUSY: with Sigio, the signals of the file have another owner.
	//   - errors.ErrUnsupported: the backend lacks a mode that is wanted.
	//   - Any other error of the system.
	Err error
}

// Error returns the descriptor, the backend and the reason.
func (e *FDError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("poll: descriptor %d: %s takes descriptors below %d: %v", e.FD, e.Backend, e.Limit, e.Err)
	}
	return fmt.Sprintf("poll: descriptor %d: %s: %v", e.FD, e.Backend, e.Err)
}

// Unwrap returns Err.
func (e *FDError) Unwrap() error { return e.Err }
