package par_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/effort"
)

// Every index is in one span, whatever the options.
func TestRangeCovers(t *testing.T) {
	settings(t, func(t *testing.T, n int, options par.Options) {
		out := make([]int, n)
		require.NoError(t, par.Range(t.Context(), n, func(_ context.Context, lo, hi int) error {
			for i := lo; i < hi; i++ {
				out[i] += i // the race detector sees spans that overlap
			}
			return nil
		}, options))
		require.Equal(t, laws.Numbers(n), out)
	})
}

func TestRangeSpans(t *testing.T) {
	for name, c := range map[string]struct {
		options par.Options
		n       int
		want    [][2]int
	}{
		"one worker":      {par.Options{Workers: 1}, 1000, [][2]int{{0, 1000}}},
		"fixed chunks":    {par.Options{Workers: 1, Chunk: 20}, 50, [][2]int{{0, 20}, {20, 40}, {40, 50}}},
		"several workers": {par.Options{Workers: 5, Chunk: 20}, 50, [][2]int{{0, 20}, {20, 40}, {40, 50}}},
		"one chunk":       {par.Options{Workers: 5, Chunk: 1 << 30}, 50, [][2]int{{0, 50}}},
		"nothing":         {par.Options{}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var spans [][2]int
			require.NoError(t, par.Range(t.Context(), c.n, func(_ context.Context, lo, hi int) error {
				mu.Lock()
				defer mu.Unlock()
				spans = append(spans, [2]int{lo, hi})
				return nil
			}, c.options))
			slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
			require.Equal(t, c.want, spans)
		})
	}
}

// An error has the index of its span, or the one that it brings.
func TestRangeErrors(t *testing.T) {
	bad := errors.New("bad")
	inner := &functional.IndexError{Index: 3, Err: bad} // of an operator within
	for _, c := range []struct {
		err  error
		want *functional.IndexError
	}{
		{bad, &functional.IndexError{Index: 30, Err: bad}},
		{&functional.IndexError{Index: 34, Err: bad}, &functional.IndexError{Index: 34, Err: bad}},
		{inner, &functional.IndexError{Index: 30, Err: inner}},
	} {
		got := par.Range(t.Context(), 100, func(_ context.Context, lo, hi int) error {
			if lo >= 30 {
				return c.err
			}
			return nil
		}, par.Options{Workers: 3, Chunk: 15})
		require.Equal(t, c.want, got)
	}
}

// A thousand spans cost no more than ten.
func TestRangeAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	ctx, out := t.Context(), make([]int, 10_000)
	double := func(_ context.Context, lo, hi int) error {
		for i := lo; i < hi; i++ {
			out[i] = 2 * i
		}
		return nil
	}
	for _, options := range []par.Options{{Workers: 2}, {Workers: 2, Chunk: 1000}, {Workers: 2, Chunk: 10}} {
		require.LessOrEqual(t, testing.AllocsPerRun(20, func() { par.Range(ctx, len(out), double, options) }), 6.0, "%+v", options)
	}
	require.LessOrEqual(t, testing.AllocsPerRun(20, func() { par.Range(ctx, len(out), double, par.Options{Workers: 1}) }), 3.0)
}
