package shm

import (
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

var (
	// ErrClosed matches the errors of a [Memory] and its objects after Close. It is one
	// value for all packages of this module.
	ErrClosed = closed.Err

	// ErrLayout matches the error of an object or a memory that arrives and has another
	// layout than this program expects, or was written over.
	ErrLayout = mem.ErrLayout

	// ErrMemoryFull matches the error of a memory that cannot have more bytes, or more
	// processes.
	ErrMemoryFull = mem.ErrFull

	// ErrOwnerDied matches every [*OwnerDiedError].
	ErrOwnerDied = errors.New("shm: a process died while it held the lock")
)

// The names are the wire format: they never change.
func init() {
	for name, err := range map[string]error{
		"shm.ErrLayout":     ErrLayout,
		"shm.ErrMemoryFull": ErrMemoryFull,
		"shm.ErrOwnerDied":  ErrOwnerDied,
		"shm.ErrFull":       ErrFull,
		"shm.ErrEmpty":      ErrEmpty,
		"shm.ErrBroken":     ErrBroken,
	} {
		ipc.RegisterError(name, err)
	}
}

// An OwnerDiedError says that a process died while it held a lock, and that no process
// has called [Lock.MarkConsistent] since. What the lock guards may be half changed.
type OwnerDiedError struct {
	Pid int // the id of the process, as that process knew it
}

// Error returns the text of the error.
func (e *OwnerDiedError) Error() string {
	return fmt.Sprintf("shm: process %d died while it held the lock: what that guards may be half changed", e.Pid)
}

// Is reports whether target is [ErrOwnerDied].
func (*OwnerDiedError) Is(target error) bool { return target == ErrOwnerDied }
