package workers

import (
	"context"

	"github.com/fanfold/fanfold/ipc"
)

// What the workers of the pools serve.
var (
	increment = ipc.Func("bench.increment", func(_ context.Context, n int) (int, error) { return n + 1, nil })
	echo      = ipc.Func("bench.echo", func(_ context.Context, data []byte) ([]byte, error) { return data, nil })
	forever   = ipc.Func("bench.forever", func(context.Context, struct{}) (struct{}, error) { spin(); return struct{}{}, nil })
)

// A poolPeer is what this package is about.
type poolPeer struct {
	pool    *ipc.Pool
	one     func(context.Context, int) (int, error)
	many    func(context.Context, []int) ([]int, error)
	echo    func(context.Context, []byte) ([]byte, error)
	forever func(context.Context, struct{}) (struct{}, error)
}

// StartPool starts a pool.
func StartPool(options ipc.PoolOptions) (Peer, error) {
	pool, err := ipc.NewPool(context.Background(), options)
	if err != nil {
		return nil, err
	}
	return &poolPeer{pool, increment.On(pool), increment.OnChunks(pool), echo.On(pool), forever.On(pool)}, nil
}

func (p *poolPeer) Add(ctx context.Context, n int) (int, error) { return p.one(ctx, n) }

func (p *poolPeer) AddAll(ctx context.Context, items []int) ([]int, error) { return p.many(ctx, items) }

func (p *poolPeer) Echo(ctx context.Context, data []byte) ([]byte, error) { return p.echo(ctx, data) }

func (p *poolPeer) Spin(ctx context.Context) error {
	_, err := p.forever(ctx, struct{}{})
	return err
}

func (p *poolPeer) Pids() []int {
	var busy, others []int
	for _, w := range p.pool.Workers() {
		if w.State == ipc.WorkerBusy {
			busy = append(busy, w.Pid)
		} else {
			others = append(others, w.Pid)
		}
	}
	return append(busy, others...)
}

func (p *poolPeer) Close() error { return p.pool.Close() }
