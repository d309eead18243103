package ipc

import "github.com/fanfold/fanfold/ipc/internal/remote"

// A RemoteError is an error that a function returned in another process. Its text is
// the text of the original, its field Func the function that returned it. It matches what
// the original wrapped of context, io, io/fs and os errors, syscall.Errno and errors
// registered with [RegisterError]. It wraps a [*PanicError] if the original did, with
// its stack. Other types do not travel.
type RemoteError = remote.Error

// RegisterError lets a sentinel error keep its identity across processes:
// errors.Is(err, sentinel) holds in the caller if it held in the worker. Call it in an
// init function or beside the variable, in code that the workers run too. The name must
// be the same there: the import path and the variable, for example. RegisterError
// panics if err is nil, or if name is empty or taken.
func RegisterError(name string, err error) { remote.Register(name, err) }

// The names are the wire format: they never change.
func init() {
	for name, err := range map[string]error{
		"ipc.ErrClosed":           ErrClosed,
		"ipc.ErrNoMain":           ErrNoMain,
		"ipc.ErrNoFunc":           ErrNoFunc,
		"ipc.ErrTypes":            ErrTypes,
		"ipc.ErrNoProfile":        ErrNoProfile,
		"ipc.ErrProcessDied":      ErrProcessDied,
		"ipc.ErrPoison":           ErrPoison,
		"ipc.ErrProtocol":         ErrProtocol,
		"ipc.ErrMemoryLimit":      ErrMemoryLimit,
		"ipc.ErrCPULimit":         ErrCPULimit,
		"ipc.ErrStart":            ErrStart,
		"ipc.ErrManyFiles":        ErrManyFiles,
		"ipc.ErrFilesUnsupported": ErrFilesUnsupported,
	} {
		remote.Register(name, err)
	}
}
