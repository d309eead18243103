package manager

import (
	"context"
	"fmt"
	"math"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/session"
)

// A Semaphore is a proxy of permits in the server, which processes acquire and release.
// Any process may release permits, and more than were acquired: those of a process that dies
// do not come back. A [BoundedSemaphore] counts them. All methods are safe for concurrent
// use.
//
// ("multiprocessing.managers.SyncManager.Semaphore")
type Semaphore struct{ proxy }

// NewSemaphore makes a semaphore with n permits, or finds the one of its name. It blocks until
// the server has answered. It panics if n is negative or beyond 2⁴⁰, or if more than one
// ObjectOptions is given.
func NewSemaphore(ctx context.Context, m *Manager, n int, options ...ObjectOptions) (*Semaphore, error) {
	mustPermits("NewSemaphore", n)
	p, err := create(ctx, m, msg.Semaphore, 0, nameOf("NewSemaphore", options), msg.Int(nil, n))
	if err != nil {
		return nil, err
	}
	return &Semaphore{p}, nil
}

// Acquire blocks until it has n permits, or ctx ends. Calls get permits in the order in
// which they came.
func (s *Semaphore) Acquire(ctx context.Context, n int) error { return permits(ctx, s.proxy, n) }

// TryAcquire takes n permits if they are there and no call waits.
func (s *Semaphore) TryAcquire(ctx context.Context, n int) (bool, error) {
	return s.truth(ctx, "TryAcquire", msg.Try, msg.Int(nil, n))
}

// Release gives n permits back. If ctx has ended it does so without waiting for the
// server. More than there may be are an error matching [ErrMisuse].
func (s *Semaphore) Release(ctx context.Context, n int) error {
	return s.give(ctx, "Release", msg.Free, msg.Int(nil, n))
}

// Value returns the number of permits that are there.
func (s *Semaphore) Value(ctx context.Context) (int, error) {
	return s.number(ctx, "Value", msg.State, nil)
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (s *Semaphore) MarshalBinary() ([]byte, error) { return s.marshal() }

// UnmarshalBinary makes s the proxy that MarshalBinary has encoded.
func (s *Semaphore) UnmarshalBinary(data []byte) error { return s.unmarshal(data, msg.Semaphore, 0) }

func mustPermits(function string, n int) {
	if n < 0 || n > min(1<<40, math.MaxInt) {
		panic(fmt.Sprintf("manager: %s: %d permits, want 0 to 2⁴⁰", function, n))
	}
}

// permits waits for permits.
func permits(ctx context.Context, p proxy, n int) error {
	_, err := p.wait(ctx, "Acquire", msg.Acquire, msg.Int(nil, n), func(s *session.Session, _ []byte) {
		s.Post(msg.Free, p.id, msg.Int(nil, n))
	})
	return err
}
