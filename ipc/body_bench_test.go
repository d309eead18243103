//go:build unix

package ipc_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// BenchmarkBody has large bodies go there and back, in pipes and, on Linux, in sealed
// memory: what sealFrom was chosen by.
func BenchmarkBody(b *testing.B) {
	for _, size := range []int{256 << 10, 1 << 20, 4 << 20, 16 << 20} {
		for way, pipes := range map[string]bool{"pipes": true, "memory": false} {
			b.Run(fmt.Sprintf("size=%dKiB/way=%s", size>>10, way), func(b *testing.B) {
				pool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1, NoSharedMemory: pipes})
				require.NoError(b, err)
				b.Cleanup(func() { require.NoError(b, pool.Close()) })
				in, f := make([]byte, size), echo.On(pool)
				b.SetBytes(int64(size))
				for b.Loop() {
					if _, err := f(b.Context(), in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
