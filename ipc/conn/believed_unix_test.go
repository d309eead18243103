//go:build unix

package conn

import (
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// The length that a head announces allocates nothing to speak of before bytes come.
func TestLengthIsNotBelieved(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	c, err := FileConnection(r)
	require.NoError(t, err)
	defer c.Close()
	_, err = w.Write(binary.BigEndian.AppendUint32(nil, 256<<20))
	require.NoError(t, err)
	require.NoError(t, c.Poll(t.Context()))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, w.Close())
	_, err = c.RecvBytes(t.Context())
	require.Equal(t, io.ErrUnexpectedEOF, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "of 256 MiB")
}
