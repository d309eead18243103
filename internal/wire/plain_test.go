package wire

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Values that are plain memory are decoded into what is there; others never, since
// what a method of theirs has seen must not change.
func TestPlain(t *testing.T) {
	t.Run(testPlain("int16", true, []int16{1, -2, 3}))
	t.Run(testPlain("struct", true, []struct{ A, B int32 }{{1, 2}, {3, -4}}))
	t.Run(testPlain("empty struct", true, []struct{}{{}, {}}))
	t.Run(testPlain("bool", false, []bool{true, false}))
	t.Run(testPlain("string", false, []string{"a", "b"}))
	t.Run(testPlain("pointer", false, []*int{nil, nil}))
	t.Run(testPlain("methods", false, []textKey{7, 8}))
}

func testPlain[T comparable](name string, plain bool, v []T) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		direct, portable := of[T](t)
		// A machine whose memory is not in the wire's order copies nothing.
		if portable.Plain() {
			assert.LessOrEqual(t, unsafe.Sizeof(v[0]), uintptr(1), "the size of what the portable codec copies")
		}
		if newCompiler(false).direct {
			assert.Equal(t, plain, direct.Plain(), "plain")
		}
		for _, c := range []*Codec[T]{direct, portable} {
			for n := range len(v) + 1 {
				b, err := c.AppendSlice(nil, v[:n])
				require.NoError(t, err)
				for _, dst := range [][]T{nil, {}, make([]T, 1), slices.Repeat(v[:1], len(v))} {
					got, err := c.DecodeSlice(dst, b)
					assert.NoError(t, err, "%d values into %d", n, len(dst))
					assert.Equal(t, v[:n], got, "%d values into %d", n, len(dst))
					room := cap(dst) >= n && n > 0 && unsafe.Sizeof(v[0]) > 0
					assert.Equal(t, room && c.Plain(), room && &got[0] == &dst[:1][0], "%d values into %d, into its memory", n, len(dst))
				}
			}
			b, _ := c.AppendSlice(nil, nil)
			got, err := c.DecodeSlice(v, b)
			assert.Nil(t, got)
			assert.NoError(t, err)
		}
	}
}
