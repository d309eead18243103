package ipc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fanfold/fanfold/ipc"
)

// A peer is a process, or several, that serve the function.
type peer interface {
	call(ctx context.Context, n int) (int, error)
	chunk(ctx context.Context, items []int) ([]int, error)
	close() error
}

// peers are the ways to a process that Go programs have.
var peers = []struct {
	name  string
	start func(workers int) (peer, error)
}{
	{"gob-pipes", func(int) (peer, error) { return startGob() }},
	{"net-rpc-unix", func(int) (peer, error) { return startRPC() }},
	{"fanfold", startPool},
}

// A poolPeer is what this package measures.
type poolPeer struct {
	pool *ipc.Pool
	one  func(context.Context, int) (int, error)
	many func(context.Context, []int) ([]int, error)
}

func startPool(workers int) (peer, error) {
	pool, err := ipc.NewPool(ipc.PoolOptions{Workers: workers})
	if err != nil {
		return nil, err
	}
	return &poolPeer{pool, increment.On(pool), increment.OnChunks(pool)}, nil
}

func (p *poolPeer) call(ctx context.Context, n int) (int, error) { return p.one(ctx, n) }

func (p *poolPeer) chunk(ctx context.Context, items []int) ([]int, error) { return p.many(ctx, items) }

func (p *poolPeer) close() error { return p.pool.Close() }

// started returns a peer that has answered a call and is closed when b ends.
func started(b *testing.B, start func(int) (peer, error), workers int) peer {
	p := mustStart(b, start, workers)
	b.Cleanup(func() {
		if err := p.close(); err != nil {
			b.Error(err)
		}
	})
	check(b, p)
	return p
}

// mustStart skips b where there are no pools of processes.
func mustStart(b *testing.B, start func(int) (peer, error), workers int) peer {
	p, err := start(workers)
	if errors.Is(err, errors.ErrUnsupported) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// check calls p once.
func check(b *testing.B, p peer) {
	if got, err := p.call(b.Context(), 41); err != nil || got != 42 {
		b.Fatalf("call(41) = %d, %v", got, err)
	}
}
