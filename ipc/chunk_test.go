//go:build unix

package ipc_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/ipc"
)

var (
	errThirteen = errors.New("thirteen")
	doubled     = ipc.Func("doubled", func(_ context.Context, n int) (int64, error) {
		if n == 13 {
			return 0, errThirteen
		}
		return int64(2 * n), nil
	})
)

// The memory of chunks is used again: they must have nothing of each other, whatever
// their sizes, also when one before failed.
func TestChunkMemory(t *testing.T) {
	double := doubled.OnChunks(loopback{})
	var callers sync.WaitGroup
	for caller := range 8 {
		callers.Go(func() {
			for round := range 200 {
				in := make([]int, (round*37+caller)%300)
				for i := range in {
					in[i] = 1000*caller + 100 + i
				}
				if round%10 == 9 {
					in = append(in, 13)
				}
				out, err := double(t.Context(), in)
				if round%10 == 9 {
					assert.Error(t, err, "thirteen")
					continue
				}
				if err != nil || out == nil || len(out) != len(in) {
					t.Errorf("%d results of %d, %v", len(out), len(in), err)
					return
				}
				for i, n := range in {
					if out[i] != int64(2*n) {
						t.Errorf("%d doubled is %d", n, out[i])
						return
					}
				}
			}
		})
	}
	callers.Wait()
}

// clingy keeps where it was decoded, which only values with methods can.
type clingy struct{ n byte }

var clung []*clingy

func (c clingy) MarshalBinary() ([]byte, error) { return []byte{c.n}, nil }

func (c *clingy) UnmarshalBinary(data []byte) error {
	c.n = data[0]
	clung = append(clung, c)
	return nil
}

var clings = ipc.Func("clings", func(_ context.Context, c clingy) (byte, error) { return c.n, nil })

func TestChunkMemoryOfMethods(t *testing.T) {
	clung = nil // of a run before
	chunks := clings.OnChunks(loopback{})
	for round := range byte(3) {
		out, err := chunks(t.Context(), []clingy{{round}, {round + 100}})
		require.NoError(t, err)
		require.Equal(t, []byte{round, round + 100}, out)
	}
	for i, c := range clung {
		require.Equal(t, byte(i/2+i%2*100), c.n, "what a value has kept was changed")
	}
}

func TestChunkAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector drops what is pooled")
	}
	data := make([]byte, 2+256*8)
	data[0], data[1] = 0x81, 2 // 256 and one
	call := ipc.Call{Func: "doubled", Chunk: true, In: data}
	got := testing.AllocsPerRun(100, func() {
		if _, err := call.Run(t.Context()); err != nil {
			t.Error(err)
		}
	})
	require.LessOrEqual(t, got, 3.0, "the answer, which grows once, and what would name an argument")
}

// A chunk says which of its arguments failed, in whatever way, and par.MapChunks which of
// all.
func TestChunkNamesTheArgument(t *testing.T) {
	pool := newPool(t, ipc.PoolOptions{Workers: 2})
	for name, c := range map[string]ipc.Carrier{"pool": pool, "here": loopback{}} {
		for _, f := range []fate{fails, blowsUp, callsGoexit, relaysPanic} {
			if f == callsGoexit && name == "here" {
				continue // it ends this goroutine
			}
			t.Run(name+"/"+string(f), func(t *testing.T) {
				_, want := meets.On(c)(t.Context(), f)
				out, err := meets.OnChunks(c)(t.Context(), []fate{succeeds, succeeds, f, succeeds})
				require.Nil(t, out)
				at, ok := err.(*ipc.IndexError)
				require.True(t, ok, "%v", err)
				require.Equal(t, 2, at.Index)
				require.IsType(t, want, at.Err)
				require.True(t, strings.HasPrefix(err.Error(), "element 2: "), err.Error())

				items := slices.Repeat([]fate{succeeds}, 20)
				items[13] = f
				_, err = par.MapChunks(t.Context(), items, meets.OnChunks(c), par.Options{Chunk: 5})
				require.ErrorAs(t, err, &at)
				require.Equal(t, 13, at.Index)
				_, nested := at.Err.(*ipc.IndexError)
				require.False(t, nested)
			})
		}
	}
	t.Run("a call of one", func(t *testing.T) {
		_, err := meets.On(pool)(t.Context(), fails)
		require.NotErrorAs(t, err, new(*ipc.IndexError))
	})
	t.Run("the caller's ctx", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := obedient.OnChunks(pool)(ctx, make([]none, 3))
		require.ErrorAs(t, err, new(*ipc.CallError))
		require.NotErrorAs(t, err, new(*ipc.IndexError))
	})
	t.Run("a liar", func(t *testing.T) {
		_, err := meets.OnChunks(liar{})(t.Context(), []fate{succeeds})
		require.Equal(t, errThirteen, err)
	})
}

// A liar says that another argument failed than it has got.
type liar struct{}

func (liar) Carry(context.Context, ipc.Call) (ipc.Reply, error) {
	return ipc.Reply{}, &ipc.IndexError{Index: 1, Err: errThirteen}
}
