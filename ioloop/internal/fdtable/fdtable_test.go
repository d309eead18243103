package fdtable

import (
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A table is a map, under operations at random.
func TestTable(t *testing.T) {
	var table Table[int]
	want := map[int32]int{}
	fds := []int32{0, 1, 2, 5, 1000, nearLimit - 1, nearLimit, math.MaxInt32}
	for range 10_000 {
		fd, v := fds[rand.IntN(len(fds))], rand.IntN(3)
		table.Put(fd, v)
		if want[fd] = v; v == 0 {
			delete(want, fd)
		}
		require.Equal(t, len(want), table.Len())
		require.Equal(t, want[fd], table.Get(fd))
	}
	require.Equal(t, want, maps.Collect(table.All()))
	for range table.All() {
		break
	}
}

// A large number is no allocation of its size.
func TestLargeNumber(t *testing.T) {
	var table Table[int]
	require.Less(t, testing.AllocsPerRun(1, func() { table.Put(math.MaxInt32, 1) }), 10.0)
	require.Empty(t, table.near)
}
