//go:build unix

package ipc_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc"
)

// A dag has two ways to each next one.
type dag struct{ Left, Right *dag }

// doubling returns a dag of n nodes, which are 2ⁿ when they are copied.
func doubling(n int) (d *dag) {
	for range n {
		d = &dag{d, d}
	}
	return d
}

var (
	sharing     = ipc.Func("ipc_test.sharing", func(_ context.Context, parts [][]byte) (int, error) { return len(parts), nil })
	walks       = ipc.Func("ipc_test.walks", func(_ context.Context, d *dag) (*dag, error) { return d, nil })
	doubles     = ipc.Func("ipc_test.doubles", func(_ context.Context, n int) (*dag, error) { return doubling(n), nil })
	partsAsJSON = ipc.Func("ipc_test.partsAsJSON", func(_ context.Context, parts []string) (int, error) { return len(parts), nil },
		ipc.FuncOptions{Marshal: json.Marshal, Unmarshal: json.Unmarshal})
)

// MaxMessage and ctx hold while a value is encoded, and not only afterwards: one that
// refers to a large part many times costs no more than the limit.
func TestEncodingIsBounded(t *testing.T) {
	const limit = 1 << 20
	launch := ipc.Launch{MaxMessage: limit}
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: launch})
	large := make([]byte, 32<<20)
	var parts [][]byte
	for range 20 {
		parts = append(parts, large)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, one := sharing.On(pool)(t.Context(), parts)
	_, many := sharing.OnChunks(pool)(t.Context(), [][][]byte{parts, parts})
	_, tree := walks.On(pool)(t.Context(), doubling(40))
	_, process := ipc.Start(t.Context(), sharing, parts, ipc.ProcessOptions{Launch: launch})
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64*limit))
	for _, err := range []error{one, many, tree, process} {
		tooLarge, ok := errors.AsType[*ipc.TooLargeError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, "argument", tooLarge.What)
		require.Equal(t, limit, tooLarge.Limit)
		require.Greater(t, tooLarge.Size, limit)
	}
	_, err := partsAsJSON.OnChunks(pool)(t.Context(), [][]string{{string(large[:limit/2])}, {string(large[:limit/2])}})
	require.ErrorAs(t, err, new(*ipc.TooLargeError))

	_, err = doubles.On(pool)(t.Context(), 40)
	tooLarge, ok := errors.AsType[*ipc.TooLargeError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "result", tooLarge.What)
	require.Equal(t, "ipc_test.doubles", tooLarge.Func)
	require.True(t, tooLarge.Partial)
	require.Zero(t, pool.Stats().Died)
}

// The end of ctx ends the encoding of an argument.
func TestEncodingHeedsCtx(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 1, Launch: ipc.Launch{MaxMessage: 1 << 34}})
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	_, err := walks.On(pool)(ctx, doubling(60))
	require.ErrorIs(t, err, cause)
}
