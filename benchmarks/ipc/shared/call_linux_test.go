package shared_test

import (
	"context"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// An argument has a lock in it.
type argument struct {
	N    int
	Lock *shm.Lock
}

var (
	plain      = ipc.Func("bench.plain", func(_ context.Context, n int) (int, error) { return n + 1, nil })
	withObject = ipc.Func("bench.withObject", func(_ context.Context, a argument) (int, error) { return a.N + 1, nil })
)

// BenchmarkCall calls a function in a worker, one call at a time.
func BenchmarkCall(b *testing.B) {
	b.Run("impl=fanfold-plain", func(b *testing.B) { call(b, plain, 1) })
	b.Run("impl=fanfold", func(b *testing.B) {
		call(b, withObject, argument{1, must(shm.NewLock(newMemory(b)))(b)})
	})
}

func call[In any](b *testing.B, f *ipc.Function[In, int], in In) {
	pool := must(ipc.NewPool(b.Context(), ipc.PoolOptions{Workers: 1}))(b)
	defer pool.Close()
	on := f.On(pool)
	must(on(b.Context(), in))(b)
	for b.Loop() {
		if n, err := on(b.Context(), in); n != 2 || err != nil {
			b.Fatal(n, err)
		}
	}
}
