package conn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A head is read as it was written, and asks for more only until it is there.
func FuzzHead(f *testing.F) {
	f.Add([]byte{0, 0, 0, 5})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, size, needs := parseHead(data)
		require.True(t, needs >= 4 && needs <= 12, needs)
		switch {
		case kind == noMessage:
			require.Greater(t, needs, len(data))
		case size <= 1<<40 && int(size) >= 0:
			again := appendHead(nil, int(size), kind == filesMessage)
			k, s, n := parseHead(again)
			require.Equal(t, kind, k)
			require.Equal(t, size, s)
			require.Len(t, again, n)
		}
	})
}
