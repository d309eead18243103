package fresh

import (
	"os"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// Bytes are as many as were asked for, can all be written, and stay while they are used.
func TestBytes(t *testing.T) {
	var all [][]byte
	for _, n := range []int{0, 1, 7, 8, 9, 100, 4096, populateFrom - 1, populateFrom, populateFrom + 1, 1<<20 + 3, 16 << 20} {
		b := Bytes(n)
		require.NotNil(t, b)
		require.Len(t, b, n)
		require.Equal(t, n, cap(b))
		for i := range b {
			b[i] = byte(n)
		}
		all = append(all, b)
	}
	runtime.GC()
	for _, b := range all {
		for _, c := range Clone(b) {
			if c != byte(len(b)) {
				t.Fatalf("%d in one of %d bytes", c, len(b))
			}
		}
	}
}

// What has a multiple of eight bytes lies where any number may lie.
func TestBytesAreAligned(t *testing.T) {
	for n := 8; n < 1000; n += 8 {
		require.Zero(t, uintptr(unsafe.Pointer(unsafe.SliceData(Bytes(n))))%8)
	}
}
