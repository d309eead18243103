package child

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	memory, cpu := parseStat("7 (a b) 1 (c) S 1 7 7 0 -1 0 0 0 0 0 250 50 0 0 20 0 9 0 100 3133440 366 18446744073709551615\n")
	require.EqualValues(t, 366*os.Getpagesize(), memory)
	require.Equal(t, 3*time.Second, cpu)
	for _, text := range []string{"", "7", "7 (a", "7 (a) S 1 2 3", ")"} {
		memory, cpu = parseStat(text)
		require.Zero(t, memory)
		require.Zero(t, cpu)
	}
}
