package manager_test

import (
	"context"
	"os"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/manager"
)

func TestMain(m *testing.M) { os.Exit(ipc.TestMain(m)) }

func dict(b *testing.B) (context.Context, *manager.Dict[string, int]) {
	ctx := context.Background()
	m, err := manager.Start(ctx)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Close() })
	d, err := manager.NewDict(ctx, m, map[string]int{"a": 1})
	if err != nil {
		b.Fatal(err)
	}
	return ctx, d
}

func BenchmarkDictGet(b *testing.B) {
	ctx, d := dict(b)
	for b.Loop() {
		if _, _, err := d.Get(ctx, "a"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDictGet16(b *testing.B) {
	ctx, d := dict(b)
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := d.Get(ctx, "a"); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
