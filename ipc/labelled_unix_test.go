//go:build unix

package ipc_test

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// ownLabels returns the labels of the goroutine that calls it.
func ownLabels() (string, error) {
	var b bytes.Buffer
	err := pprof.Lookup("goroutine").WriteTo(&b, 1)
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(part, "ipc_test.ownLabels") {
			_, labels, _ := strings.Cut(part, "# labels: ")
			labels, _, _ = strings.Cut(labels, "\n")
			return labels, err
		}
	}
	return "", err
}

var (
	labelled  = ipc.Func("labelled", func(context.Context, none) (string, error) { return ownLabels() })
	labelledB = ipc.Func("labelled too", func(ctx context.Context, exit bool) (text string, err error) {
		pprof.Do(ctx, pprof.Labels("own", "yes"), func(context.Context) { text, err = ownLabels() })
		if exit {
			runtime.Goexit()
		}
		return text, err
	})
	// labelledC is told its label after pprof.Do has gone back.
	labelledC = ipc.Func("labelled after", func(ctx context.Context, _ none) (string, error) {
		pprof.Do(ctx, pprof.Labels("own", "yes"), func(context.Context) {})
		return ownLabels()
	})
)

// A function's goroutine has its label, whatever ran before it, and only one.
func TestLabelled(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Initializer: square.Bind(1)})
	for range 3 {
		text, err := labelled.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.Equal(t, `{"ipc.func":"labelled"}`, text)
		text, err = labelledB.On(pool)(t.Context(), false)
		require.NoError(t, err)
		require.Equal(t, `{"ipc.func":"labelled too", "own":"yes"}`, text)
		_, err = labelledB.On(pool)(t.Context(), true)
		require.ErrorIs(t, err, ipc.ErrGoexit)
		text, err = labelledC.On(pool)(t.Context(), none{})
		require.NoError(t, err)
		require.Equal(t, `{"ipc.func":"labelled after"}`, text)
	}
}
