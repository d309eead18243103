//go:build unix

package ipc

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLabels(t *testing.T) {
	var l labels
	// The goroutine's label is the test's own for a while.
	defer pprof.SetGoroutineLabels(context.Background())
	for i := range 2 * maxMarks {
		name := fmt.Sprint("function ", i%(maxMarks+10))
		ctx := l.set(name)
		got, _ := pprof.Label(ctx, label)
		require.Equal(t, name, got)
		require.LessOrEqual(t, len(l.marks), maxMarks)
	}
	l.set("")
	l.set("the last")
	var text bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&text, 1))
	require.Contains(t, text.String(), `# labels: {"ipc.func":"the last"}`)
	require.Zero(t, testing.AllocsPerRun(100, func() { l.set("the last") }))
	require.Zero(t, testing.AllocsPerRun(100, func() { l.set("function 1"); l.set("function 2") }))
}

func BenchmarkLabels(b *testing.B) {
	for name, names := range map[string][2]string{"same": {"f", "f"}, "other": {"f", "g"}} {
		b.Run(name, func(b *testing.B) {
			var l labels
			var ctx context.Context
			for i := 0; b.Loop(); i++ {
				ctx = l.set(names[i%2])
			}
			_ = ctx
			pprof.SetGoroutineLabels(context.Background())
		})
	}
}
