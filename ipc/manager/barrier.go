package manager

import (
	"context"
	"fmt"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Barrier is a proxy of a barrier, at which a fixed number of parties wait for each
// other, again and again. It breaks when the ctx of a party that waits ends, or its process
// dies. Then all that wait, and those that come later, get [ErrBroken] until Reset. All
// methods are safe for concurrent use.
//
// ("multiprocessing.managers.SyncManager.Barrier")
type Barrier struct{ proxy }

// NewBarrier makes a barrier, or finds the one of its name. It blocks until the server has
// answered. It panics if parties is less than 1, or if more than one ObjectOptions is given.
func NewBarrier(ctx context.Context, m *Manager, parties int, options ...ObjectOptions) (*Barrier, error) {
	if parties < 1 {
		panic(fmt.Sprintf("manager: NewBarrier: %d parties, want 1 or more", parties))
	}
	p, err := create(ctx, m, msg.Barrier, 0, nameOf("NewBarrier", options), msg.Int(nil, parties))
	if err != nil {
		return nil, err
	}
	return &Barrier{p}, nil
}

// Wait blocks until all parties wait. Each gets another index, from 0 up.
func (b *Barrier) Wait(ctx context.Context) (int, error) {
	payload, err := b.wait(ctx, "Wait", msg.Wait, nil, nil)
	if err != nil {
		return 0, err
	}
	r := msg.Reader{B: payload}
	return r.Int(), nil
}

// Reset breaks the barrier for those that wait, and for no others.
func (b *Barrier) Reset(ctx context.Context) error { return b.flag(ctx, "Reset", 0) }

// Abort breaks the barrier.
func (b *Barrier) Abort(ctx context.Context) error { return b.flag(ctx, "Abort", 1) }

func (b *Barrier) flag(ctx context.Context, method string, n int) error {
	_, err := b.call(ctx, method, msg.Flag, msg.Int(nil, n))
	return err
}

// Parties returns how many have to wait.
func (b *Barrier) Parties(ctx context.Context) (int, error) {
	return b.number(ctx, "Parties", msg.State, nil)
}

// Waiting returns how many wait.
func (b *Barrier) Waiting(ctx context.Context) (int, error) {
	r, err := b.state(ctx, "Waiting")
	if err != nil {
		return 0, err
	}
	r.Int()
	return r.Int(), nil
}

// Broken reports whether the barrier is broken.
func (b *Barrier) Broken(ctx context.Context) (bool, error) {
	r, err := b.state(ctx, "Broken")
	r.Int()
	r.Int()
	return err == nil && r.Int() == 1, err
}

// MarshalBinary encodes the proxy, not what it stands for, for another process.
func (b *Barrier) MarshalBinary() ([]byte, error) { return b.marshal() }

// UnmarshalBinary makes b the proxy that MarshalBinary has encoded.
func (b *Barrier) UnmarshalBinary(data []byte) error { return b.unmarshal(data, msg.Barrier, 0) }
