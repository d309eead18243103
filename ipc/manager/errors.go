package manager

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/remote"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
	"github.com/fanfold/fanfold/ipc/shm"
)

var (
	// ErrGone matches the errors of calls whose server has ended: see [GoneError].
	ErrGone = session.ErrGone

	// ErrNoObject matches the error of a call on an object, an index, an attribute or a
	// method that the server does not have.
	ErrNoObject = errors.New("manager: no such object")

	// ErrType matches the error of a proxy whose object is of another type.
	ErrType = errors.New("manager: the object has another type")

	// ErrBusy matches the error of a call that exceeds a bound of the server: 1,048,576
	// objects, and for each client 65,536 calls that wait and 1,024 watches.
	ErrBusy = errors.New("manager: too many at a time")

	// ErrMisuse matches the error of a call that makes no sense, such as the Unlock of a
	// lock that the caller does not hold. Package concurrent panics there.
	ErrMisuse = errors.New("manager: misuse")

	// ErrClosed matches the errors of calls after [Manager.Close], and on a [Queue] that
	// was shut down. It is one value for all packages of this module.
	ErrClosed = closed.Err

	// ErrFull is the error of [Queue.TryPut] if there is no room, as in package concurrent.
	ErrFull = concurrent.ErrFull

	// ErrEmpty is the error of [Queue.TryGet] if there is no item, as in package
	// concurrent.
	ErrEmpty = concurrent.ErrEmpty

	// ErrBroken is the error of [Barrier.Wait] if the barrier is broken, as in package
	// concurrent.
	ErrBroken = concurrent.ErrBroken

	// ErrMissed is the error that [Dict.Watch] yields when its loop was too slow, and
	// changes were dropped.
	ErrMissed = errors.New("manager: the watcher was too slow and missed changes")
)

// The names are the wire format: they never change.
func init() {
	for name, err := range map[string]error{
		"manager.ErrGone":     ErrGone,
		"manager.ErrNoObject": ErrNoObject,
		"manager.ErrType":     ErrType,
		"manager.ErrBusy":     ErrBusy,
		"manager.ErrMisuse":   ErrMisuse,
		"manager.ErrMissed":   ErrMissed,
		"manager.ErrSnapshot": ErrSnapshot,
	} {
		ipc.RegisterError(name, err)
	}
}

// A CallError is the error of a call whose ctx ended after it was sent: Started says that
// the server may have carried it out.
type CallError = remote.CallError

// A GoneError is the error of a call whose server has ended. It matches [ErrGone].
type GoneError struct {
	Method string // such as "Dict.Set"
	Sent   bool   // the call was sent and not answered: it may have been carried out
	Err    error  // matches ErrGone, and what the connection has failed with
}

// Error names the call and says whether it may have been carried out.
func (e *GoneError) Error() string {
	if e.Sent {
		return fmt.Sprintf("%v: %s was sent and may have been carried out", e.Err, e.Method)
	}
	return fmt.Sprintf("%v: %s was not sent", e.Err, e.Method)
}

// Unwrap returns Err.
func (e *GoneError) Unwrap() error { return e.Err }

// failed returns the error of a call that has got no answer.
func failed(ctx context.Context, method string, sent bool, err error) error {
	switch {
	case errors.Is(err, ErrGone):
		return &GoneError{method, sent, err}
	case sent && ctx.Err() != nil && err == context.Cause(ctx):
		return &CallError{Func: method, Started: true, Err: err}
	}
	return err
}

// refused returns the error that the server has answered with.
func refused(ctx context.Context, method string, code msg.Code, payload []byte) error {
	switch code {
	case msg.NoObject, msg.NoIndex:
		return fmt.Errorf("%w: %s: %s", ErrNoObject, method, payload)
	case msg.WrongType:
		return fmt.Errorf("%w: %s: %s", ErrType, method, payload)
	case msg.Busy:
		return fmt.Errorf("%w: %s: %s", ErrBusy, method, payload)
	case msg.Misuse:
		return fmt.Errorf("%w: %s: %s", ErrMisuse, method, payload)
	case msg.Closed:
		return errShut
	case msg.Full:
		return ErrFull
	case msg.Empty:
		return ErrEmpty
	case msg.Broken:
		return ErrBroken
	case msg.Remote:
		return ran(ctx, method, payload)
	case msg.Canceled:
		return context.Cause(ctx)
	case msg.OwnerDied:
		r := msg.Reader{B: payload}
		return &shm.OwnerDiedError{Pid: r.Int()}
	}
	return fmt.Errorf("manager: %s: %s (code %d)", method, payload, code)
}

var errShut = closed.Error("manager: the queue is shut down")

// errAnswer is the error of an answer that makes no sense.
func errAnswer(method string) error {
	return fmt.Errorf("manager: %s: the server's answer makes no sense", method)
}

func isOwnerDied(err error) bool { return errors.Is(err, shm.ErrOwnerDied) }
