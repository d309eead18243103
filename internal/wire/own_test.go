package wire

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// A slice of bytes is the part of the memory that was given away; other values are
// copies.
func TestDecodeOwn(t *testing.T) {
	type octets []byte
	bytes, err := Of[octets]()
	require.NoError(t, err)
	for _, want := range []octets{nil, {}, {1}, make(octets, 300)} {
		src, err := bytes.Append(nil, want)
		require.NoError(t, err)
		got, err := bytes.DecodeOwn(src, nil)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, len(got), cap(got))
		if len(got) > 0 {
			require.Same(t, &src[len(src)-1], &got[len(got)-1])
		}
	}
	for _, bad := range [][]byte{{}, {3, 1}, {2, 1, 1}, {0, 1}} {
		_, want := bytes.Decode(bad)
		_, err = bytes.DecodeOwn(bad, nil)
		require.Error(t, err)
		require.Equal(t, want, err)
	}
	wide, err := Of[[]uint32]()
	require.NoError(t, err)
	src, err := wide.Append(nil, []uint32{1, 2})
	require.NoError(t, err)
	got, err := wide.DecodeOwn(src, nil)
	require.NoError(t, err)
	clear(src)
	require.Equal(t, []uint32{1, 2}, got)
}

// Elements lie as their type demands, and there is room for whole ones only.
func TestSlicesOfPlainElements(t *testing.T) {
	type triple struct{ A, B, C uint8 }
	triples, err := Of[[]triple]()
	require.NoError(t, err)
	wide, err := Of[[]complex128]()
	require.NoError(t, err)
	for n := range 70 {
		src, err := triples.Append(nil, make([]triple, n))
		require.NoError(t, err)
		three, err := triples.Decode(src)
		require.NoError(t, err)
		require.Len(t, three, n)
		_ = append(three[:cap(three)], triple{})

		src, err = wide.Append(nil, make([]complex128, n))
		require.NoError(t, err)
		c, err := wide.Decode(src)
		require.NoError(t, err)
		require.Len(t, c, n)
		require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(c)))%unsafe.Alignof(complex128(0)))
		full := c[:cap(c)]
		for i := range full {
			full[i] = 1
		}
	}
}
