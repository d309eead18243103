package share

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	var goroutines, turns atomic.Int64
	var last int64
	r := testing.Benchmark(func(b *testing.B) {
		goroutines.Store(0)
		turns.Store(0)
		Run(b, 3, func(n int) {
			goroutines.Add(1)
			turns.Add(int64(n))
			for start := time.Now(); time.Since(start) < time.Millisecond; {
			}
		})
		last = int64(b.N)
	})
	require.EqualValues(t, 3, goroutines.Load())
	require.Equal(t, last, turns.Load(), "every turn is somebody's")
	if runtime.GOOS == "linux" {
		require.Positive(t, r.Extra["cpu-ns/op"])
	}
}

func TestPeak(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not known here")
	}
	const size = 64 << 20
	r := testing.Benchmark(func(b *testing.B) {
		stop := Peak(b)
		block := make([]byte, size)
		for i := range block {
			block[i] = 1
		}
		runtime.KeepAlive(block)
		stop()
	})
	require.Greater(t, r.Extra["peak-B"], float64(size))
}
