package shared_test

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// An item is one of 64 bytes.
type item [64]byte

const (
	largeItem = 1 << 20
	batchSize = 256
)

// BenchmarkQueue receives items that a process puts without end: an operation is one item.
func BenchmarkQueue(b *testing.B) {
	b.Run("size=64B", func(b *testing.B) {
		b.Run("impl=os.Pipe", func(b *testing.B) { readPipe(b, len(item{})) })
		b.Run("impl=fanfold", func(b *testing.B) {
			q := must(shm.NewQueue[item](newMemory(b), 1024))(b)
			beside(b, putOne, q)
			getOne(b, q, len(item{}))
		})
		b.Run("impl=fanfold-batches", func(b *testing.B) {
			q := must(shm.NewQueue[item](newMemory(b), 1024))(b)
			beside(b, putMany, q)
			buf := make([]item, batchSize)
			b.SetBytes(int64(len(item{})))
			begin := must(q.GetMany(b.Context(), buf))(b)
			b.ResetTimer()
			for left := b.N - begin; left > 0; {
				left -= must(q.GetMany(b.Context(), buf))(b)
			}
			items(b)
		})
	})
	b.Run("size=1MiB", func(b *testing.B) {
		b.Run("impl=os.Pipe", func(b *testing.B) { readPipe(b, largeItem) })
		b.Run("impl=fanfold", func(b *testing.B) {
			q := must(shm.NewQueue[[]byte](newMemory(b), 8, shm.QueueOptions{MaxItem: largeItem + 16}))(b)
			beside(b, putLarge, q)
			getOne(b, q, largeItem)
		})
	})
}

func items(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s") }

func getOne[T any](b *testing.B, q *shm.Queue[T], size int) {
	b.SetBytes(int64(size))
	must(q.Get(b.Context()))(b) // the process has started
	for b.Loop() {
		if _, err := q.Get(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	items(b)
}

func readPipe(b *testing.B, size int) {
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	p := ipc.NewProcess(writePipe, size, ipc.ProcessOptions{Files: []*os.File{w}})
	if err := p.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	defer p.Kill()
	w.Close()
	data := make([]byte, size)
	must(io.ReadFull(r, data))(b)
	b.SetBytes(int64(size))
	for b.Loop() {
		if _, err := io.ReadFull(r, make([]byte, size)); err != nil {
			b.Fatal(err)
		}
	}
	items(b)
}

var writePipe = ipc.Func("bench.writePipe", func(ctx context.Context, size int) (struct{}, error) {
	data, f := make([]byte, size), ipc.InheritedFiles()[0]
	for {
		if _, err := f.Write(data); err != nil {
			return struct{}{}, err
		}
	}
})

var putOne = ipc.Func("bench.putOne", func(ctx context.Context, q *shm.Queue[item]) (struct{}, error) {
	for v := (item{1}); ; {
		if err := q.Put(ctx, v); err != nil {
			return struct{}{}, err
		}
	}
})

var putMany = ipc.Func("bench.putMany", func(ctx context.Context, q *shm.Queue[item]) (struct{}, error) {
	for many := make([]item, batchSize); ; {
		if _, err := q.PutAll(ctx, many); err != nil {
			return struct{}{}, err
		}
	}
})

var putLarge = ipc.Func("bench.putLarge", func(ctx context.Context, q *shm.Queue[[]byte]) (struct{}, error) {
	for data := make([]byte, largeItem); ; {
		if err := q.Put(ctx, data); err != nil {
			return struct{}{}, err
		}
	}
})
