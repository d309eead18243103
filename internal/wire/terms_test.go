package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A dag has two ways to each next one.
type dag struct{ Left, Right *dag }

// doubling returns a dag of n nodes, which are 2ⁿ when they are copied.
func doubling(n int) *dag {
	var d *dag
	for range n {
		d = &dag{d, d}
	}
	return d
}

type marshaled struct{ size int }

func (m marshaled) MarshalBinary() ([]byte, error) { return make([]byte, m.size), nil }
func (m *marshaled) UnmarshalBinary([]byte) error  { return nil }

func times[T any](n int, v T) (list []T) {
	for range n {
		list = append(list, v)
	}
	return list
}

// encodedWithin encodes v and returns the error, and how many bytes were allocated.
func encodedWithin[T any](t *testing.T, v T, terms Terms) (allocated uint64, err error) {
	t.Helper()
	c, err := Of[T]()
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, err := c.AppendOn([]byte("before"), v, terms)
	runtime.ReadMemStats(&after)
	require.Equal(t, "before", string(out))
	return after.TotalAlloc - before.TotalAlloc, err
}

// A value that is beyond the limit costs no more than the limit, whatever it refers to.
func TestLimitHoldsMeanwhile(t *testing.T) {
	const limit = 1 << 20
	shared := make([]byte, 32<<20)
	check := func(allocated uint64, err error) {
		t.Helper()
		large, ok := err.(*TooLargeError)
		require.True(t, ok, "%v", err)
		require.Greater(t, large.Size, limit)
		require.Equal(t, limit, large.Limit)
		require.True(t, large.Partial)
		require.Less(t, allocated, uint64(8*limit))
	}
	terms := Terms{Limit: limit}
	check(encodedWithin(t, times(20, shared), terms))
	check(encodedWithin(t, times(20, string(shared)), terms))
	check(encodedWithin(t, times(20, make([]bool, 2<<20)), terms))
	check(encodedWithin(t, times(20, &shared), terms))
	check(encodedWithin(t, times(20, any(shared)), terms))
	check(encodedWithin(t, map[string][]string{"a": times(2<<20, "x")}, terms))
	check(encodedWithin(t, times(3<<20, struct{ A, B string }{}), terms))
	check(encodedWithin(t, doubling(40), terms))
	check(encodedWithin(t, map[[2]string]*dag{{}: doubling(40)}, terms))
	_, err := encodedWithin(t, times(20, marshaled{limit}), terms)
	require.IsType(t, &TooLargeError{}, err)
	_, err = must[int](t).AppendSliceOn(nil, make([]int, limit), terms)
	require.IsType(t, &TooLargeError{}, err)
	_, err = must[[1024]int64](t).AppendOn(nil, [1024]int64{}, Terms{Limit: 100})
	require.Equal(t, &TooLargeError{Size: 8192, Limit: 100}, err)
}

// What fits exactly is no error, one byte less room is.
func TestLimitIsExact(t *testing.T) {
	type value struct {
		Text string
		List []bool
		Any  any
	}
	c := must[value](t)
	v := value{"text", []bool{true, false}, 7}
	data, err := c.Append(nil, v)
	require.NoError(t, err)
	again, err := c.AppendOn([]byte("x"), v, Terms{Limit: len(data)})
	require.NoError(t, err)
	require.Equal(t, data, again[1:])
	_, err = c.AppendOn([]byte("x"), v, Terms{Limit: len(data) - 1})
	require.IsType(t, &TooLargeError{}, err)
}

// An endingCtx ends when it has been looked at a few times.
type endingCtx struct {
	context.Context
	looks int
}

func (c *endingCtx) Err() error {
	if c.looks--; c.looks < 0 {
		return errEnding
	}
	return nil
}

var errEnding = errors.New("the end")

// An encoding ends with its ctx.
func TestEncodingEndsWithCtx(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnding)
	for _, looks := range []int{0, 5} {
		_, err := encodedWithin(t, doubling(60), Terms{Ctx: &endingCtx{ctx, looks}})
		require.Equal(t, errEnding, err)
		_, err = encodedWithin(t, times(1<<20, true), Terms{Ctx: &endingCtx{ctx, looks}})
		require.Equal(t, errEnding, err)
		_, err = encodedWithin(t, map[string][]string{"a": times(1<<20, "a")}, Terms{Ctx: &endingCtx{ctx, looks}})
		require.Equal(t, errEnding, err)
	}
}

// A greedyTree holds its like, and each claims as many as there are bytes.
type greedyTree []greedyTree

// A large one lies before something large.
type large struct {
	Next *large
	Pad  [2000]bool
}

// Lengths that lie in each other do not claim the same bytes: what is allocated is in
// proportion to the input, however deep they are.
func TestNestedLengthsShareTheBytes(t *testing.T) {
	decoded := func(decode func([]byte) error, data []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.Error(t, decode(data))
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	const size = 100 << 10
	var greedy []byte
	for len(greedy) < size {
		greedy = binary.AppendUvarint(greedy, uint64(max(size-len(greedy)-10, 1)))
	}
	trees := must[greedyTree](t)
	allocated := decoded(func(b []byte) error { _, err := trees.Decode(b); return err }, greedy)
	require.Less(t, allocated, uint64(100*size))

	pads := must[large](t)
	allocated = decoded(func(b []byte) error { _, err := pads.Decode(b); return err }, []byte(strings.Repeat("\x01", size)))
	require.Less(t, allocated, uint64(100*size))
}

func must[T any](t *testing.T) *Codec[T] {
	t.Helper()
	c, err := Of[T]()
	require.NoError(t, err)
	return c
}
