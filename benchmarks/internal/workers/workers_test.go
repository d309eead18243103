package workers_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/internal/workers"
)

func TestMain(m *testing.M) { workers.Main(m) }

// TestKinds checks that what is compared does the same.
func TestKinds(t *testing.T) {
	for _, k := range workers.Kinds {
		t.Run(k.Name, func(t *testing.T) {
			ctx := t.Context()
			p, err := k.Start(1)
			require.NoError(t, err)
			defer func() { require.NoError(t, p.Close()) }()
			n, err := p.Add(ctx, 41)
			require.NoError(t, err)
			require.Equal(t, 42, n)
			all, err := p.AddAll(ctx, []int{1, -5, 1 << 40})
			require.NoError(t, err)
			require.Equal(t, []int{2, -4, 1<<40 + 1}, all)
			data := bytes.Repeat([]byte("echo"), 5<<18) // more than gRPC takes unasked
			echo, err := p.Echo(ctx, data)
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, echo))

			pid := p.Pids()[0]
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			require.Error(t, p.Spin(short))
			busy := workers.Busy(pid)
			require.Eventually(t, func() bool { // of one that is gone, or dead and not reaped
				last := busy
				busy = workers.Busy(pid)
				return busy == 0 || busy == last
			}, 10*time.Second, 5*time.Millisecond, "the endless function goes on")
		})
	}
}
