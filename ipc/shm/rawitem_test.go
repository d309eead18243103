package shm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/wire"
)

// An item that goes without an encoding has the bytes that package wire gives it, so that
// either reads what the other has made.
func TestRawItemIsWire(t *testing.T) {
	for _, n := range []int{rawLeast, rawLeast + 1, 1 << 14, 1<<14 - 1, 1 << 20} {
		rawIsWire(t, bytes.Repeat([]byte{7}, n))
		rawIsWire(t, strings.Repeat("7", n))
	}
}

func rawIsWire[T any](t *testing.T, v T) {
	t.Helper()
	codec, err := wire.Of[T]()
	require.NoError(t, err)
	want, err := codec.Append(nil, v)
	require.NoError(t, err)
	_, _, ok := rawItem(nil, &v, len(want)-1)
	require.False(t, ok, "it is above the limit")
	head, item, ok := rawItem([]byte("before"), &v, len(want))
	require.True(t, ok)
	require.Equal(t, want, append(head[len("before"):], item.Body...))
	var got T
	require.True(t, rawValue(want, &got))
	require.Equal(t, v, got)
	require.False(t, rawValue(want[:len(want)-1], &got), "a byte is missing")
	require.False(t, rawValue(append(want, 0), &got), "there is a byte more")
}

// Small values, nil and other types are left to package wire.
func TestRawItemOfOthers(t *testing.T) {
	small, named := make([]byte, rawLeast-1), bytesOfAName(make([]byte, rawLeast))
	var none []byte
	array := [rawLeast]byte{}
	for _, ok := range []bool{isRaw(&small), isRaw(&none), isRaw(&named), isRaw(&array)} {
		require.False(t, ok)
	}
	require.False(t, rawValue(make([]byte, rawLeast), &none), "the length is 0")
	require.False(t, rawValue(bytes.Repeat([]byte{0xff}, rawLeast), &none), "the length has no end")
}

type bytesOfAName []byte

func isRaw[T any](v *T) bool {
	_, _, ok := rawItem(nil, v, 1<<20)
	return ok
}
