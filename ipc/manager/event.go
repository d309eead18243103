package manager

import (
	"context"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// An Event is a proxy of a flag that processes wait for. All methods are safe for
// concurrent use.
//
// ("multiprocessing.managers.SyncManager.Event")
type Event struct{ proxy }

// NewEvent makes an event that is not set, or finds the one of its name. It blocks until the
// server has answered. It panics if more than one ObjectOptions is given.
func NewEvent(ctx context.Context, m *Manager, options ...ObjectOptions) (*Event, error) {
	p, err := create(ctx, m, msg.Event, 0, nameOf("NewEvent", options), nil)
	if err != nil {
		return nil, err
	}
	return &Event{p}, nil
}

// Set sets the flag and wakes all calls that wait.
func (e *Event) Set(ctx context.Context) error { return e.flag(ctx, "Set", 1) }

// Clear takes the flag back.
func (e *Event) Clear(ctx context.Context) error { return e.flag(ctx, "Clear", 0) }

func (e *Event) flag(ctx context.Context, method string, n int) error {
	_, err := e.call(ctx, method, msg.Flag, msg.Int(nil, n))
	return err
}

// IsSet reports whether the flag is set.
func (e *Event) IsSet(ctx context.Context) (bool, error) {
	return e.truth(ctx, "IsSet", msg.State, nil)
}

// Wait blocks until the flag is set, or ctx ends.
func (e *Event) Wait(ctx context.Context) error {
	_, err := e.wait(ctx, "Wait", msg.Wait, nil, nil)
	return err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (e *Event) MarshalBinary() ([]byte, error) { return e.marshal() }

// UnmarshalBinary makes e the proxy that MarshalBinary has encoded.
func (e *Event) UnmarshalBinary(data []byte) error { return e.unmarshal(data, msg.Event, 0) }
