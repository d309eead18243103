//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package mem

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// Pages that are mapped ahead hold what they held, wherever the bytes begin and end.
func TestPopulate(t *testing.T) {
	m := newMemory(t, Options{Max: 4 << 20, Processes: 2})
	const size = 300_000
	offset, err := m.New(1, 1, size, "", nil)
	require.NoError(t, err)
	b := unsafe.Slice((*byte)(m.words(offset)), size)
	copy(b[100_000:], "there")
	for _, part := range [][]byte{b, b[1:2], b[99_999:200_001], b[size-1:], b[7:7]} {
		m.Populate(part)
	}
	require.Equal(t, "there", string(b[100_000:100_005]))
	require.Equal(t, size-5, bytes.Count(b, []byte{0}))
}
