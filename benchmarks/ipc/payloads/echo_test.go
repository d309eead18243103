package payloads_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/fanfold/fanfold/benchmarks/internal/workers"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

// sizes are those of payloads, under their names.
var sizes = []struct {
	name  string
	bytes int
}{{"64B", 64}, {"4KiB", 4 << 10}, {"64KiB", 64 << 10}, {"1MiB", 1 << 20}, {"16MiB", 16 << 20}}

// BenchmarkEcho sends bytes there and back.
func BenchmarkEcho(b *testing.B) {
	for _, size := range sizes {
		data := bytes.Repeat([]byte("fanfold."), size.bytes/8)
		b.Run("size="+size.name, func(b *testing.B) {
			for _, k := range workers.Kinds {
				b.Run("impl="+k.Name, func(b *testing.B) {
					p := workers.Started(b, k, 1)
					b.ReportAllocs()
					b.SetBytes(int64(len(data)))
					stop := workers.CPU(b, p, 1)
					for b.Loop() {
						out, err := p.Echo(b.Context(), data)
						if err != nil {
							b.Fatal(err)
						}
						if len(out) != len(data) || out[len(out)-1] != data[len(data)-1] {
							b.Fatalf("%d bytes came back of %d", len(out), len(data))
						}
					}
					stop()
				})
			}
		})
	}
}

// A record is an item of 64 bytes.
type record [64]byte

var mark = ipc.Func("bench.mark", func(_ context.Context, r record) (record, error) {
	r[0]++
	return r, nil
})

// BenchmarkRecords maps records: 256 calls in flight, or chunks of 16 and 100, which is
// about what fits into a slot of the ring. An operation is one record there and back.
func BenchmarkRecords(b *testing.B) {
	b.Run("chunk=1/impl=fanfold", func(b *testing.B) {
		pool := startPool(b)
		mapRecords(b, func(ctx context.Context, records []record) ([]record, error) {
			return par.Map(ctx, records, mark.On(pool), par.Options{Workers: 256, Chunk: 1})
		})
	})
	for _, size := range []int{16, 100} {
		b.Run(fmt.Sprintf("chunk=%d/impl=fanfold", size), func(b *testing.B) {
			pool := startPool(b)
			options := par.Options{Workers: 8 * runtime.GOMAXPROCS(0), Chunk: size}
			mapRecords(b, func(ctx context.Context, records []record) ([]record, error) {
				return par.MapChunks(ctx, records, mark.OnChunks(pool), options)
			})
		})
	}
}

func startPool(b *testing.B) *ipc.Pool {
	pool, err := ipc.NewPool(context.Background())
	if errors.Is(err, errors.ErrUnsupported) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close() })
	return pool
}

func mapRecords(b *testing.B, run func(context.Context, []record) ([]record, error)) {
	records := make([]record, 1<<14)
	if _, err := run(b.Context(), records); err != nil { // which starts the workers
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := run(b.Context(), records)
		if err != nil {
			b.Fatal(err)
		}
		if len(out) != len(records) || out[len(out)-1][0] != 1 {
			b.Fatal("the records are not marked")
		}
	}
	n := float64(b.N) * float64(len(records))
	b.ReportMetric(b.Elapsed().Seconds()*1e9/n, "ns/op")
	b.ReportMetric(n/b.Elapsed().Seconds(), "records/s")
}
