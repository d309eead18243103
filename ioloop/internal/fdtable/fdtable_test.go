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

// A table gives its memory back when few are left, also while it is ranged over, unless a
// high descriptor needs it.
func TestTableShrinks(t *testing.T) {
	const many = 10_000
	for name, left := range map[string]int32{"none is left": -1, "a low one is": 3, "a high one is": many - 1} {
		t.Run(name, func(t *testing.T) {
			var table Table[int]
			for fd := range int32(many) {
				table.Put(fd, 1)
			}
			seen := 0
			for fd := range table.All() {
				if seen++; fd != left {
					table.Put(fd, 0)
				}
			}
			require.Equal(t, many, seen)
			want := map[int32]int{}
			if left >= 0 {
				want[left] = 1
			}
			require.Equal(t, want, maps.Collect(table.All()))
			if left > many/2 {
				require.Greater(t, len(table.near), many-1)
				table.Put(left, 0)
			}
			require.LessOrEqual(t, cap(table.near), 2*keptLen)
			table.Put(many, 1)
			require.Equal(t, 1, table.Get(many))
		})
	}
}

// What is removed while the table is ranged over is not yielded, also after it has shrunk.
func TestRemovedIsNotYielded(t *testing.T) {
	var table Table[int]
	for fd := range int32(10_000) {
		table.Put(fd, 1)
	}
	for fd := range table.All() {
		require.Zero(t, fd, "it was removed")
		for other := range int32(10_000) {
			table.Put(other, 0)
		}
	}
}
