package manager

import (
	"context"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A BoundedSemaphore is a [Semaphore] that never has more permits than its bound. The
// permits of a process that dies come back.
//
// ("multiprocessing.managers.SyncManager.BoundedSemaphore")
type BoundedSemaphore struct{ proxy }

// NewBoundedSemaphore makes a semaphore with n permits, or finds the one of its name. It blocks until
// the server has answered. It panics if n is negative or beyond 2⁴⁰, or if more than one
// ObjectOptions is given.
func NewBoundedSemaphore(ctx context.Context, m *Manager, n int, options ...ObjectOptions) (*BoundedSemaphore, error) {
	mustPermits("NewBoundedSemaphore", n)
	p, err := create(ctx, m, msg.BoundedSemaphore, 0, nameOf("NewBoundedSemaphore", options), msg.Int(nil, n))
	if err != nil {
		return nil, err
	}
	return &BoundedSemaphore{p}, nil
}

// Acquire blocks until it has n permits, or ctx ends. Calls get permits in the order in
// which they came.
func (s *BoundedSemaphore) Acquire(ctx context.Context, n int) error { return permits(ctx, s.proxy, n) }

// TryAcquire takes n permits if they are there and no call waits.
func (s *BoundedSemaphore) TryAcquire(ctx context.Context, n int) (bool, error) {
	return s.truth(ctx, "TryAcquire", msg.Try, msg.Int(nil, n))
}

// Release gives n permits back. If ctx has ended it does so without waiting for the
// server. More than there may be are an error matching [ErrMisuse].
func (s *BoundedSemaphore) Release(ctx context.Context, n int) error {
	return s.give(ctx, "Release", msg.Free, msg.Int(nil, n))
}

// Value returns the number of permits that are there.
func (s *BoundedSemaphore) Value(ctx context.Context) (int, error) {
	return s.number(ctx, "Value", msg.State, nil)
}

// Bound returns the largest number of permits.
func (s *BoundedSemaphore) Bound(ctx context.Context) (int, error) {
	r, err := s.state(ctx, "Bound")
	if err != nil {
		return 0, err
	}
	r.Int()
	return r.Int(), nil
}

// Resize changes the bound. Permits that are beyond it are missing when they come back.
func (s *BoundedSemaphore) Resize(ctx context.Context, n int) error {
	_, err := s.call(ctx, "Resize", msg.Resize, msg.Int(nil, n))
	return err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (s *BoundedSemaphore) MarshalBinary() ([]byte, error) { return s.marshal() }

// UnmarshalBinary makes s the proxy that MarshalBinary has encoded.
func (s *BoundedSemaphore) UnmarshalBinary(data []byte) error {
	return s.unmarshal(data, msg.BoundedSemaphore, 0)
}
