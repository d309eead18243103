package memo

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLRUMemory looks at what no user of a cache can see: places of entries that
// left are used again, refer to nothing, and both rings hold every entry once.
func TestLRUMemory(t *testing.T) {
	const most = 20
	r := rand.New(rand.NewPCG(1, 2))
	l := newLRU[int, *int]()
	for range 2000 {
		key := r.IntN(2 * most)
		switch i := l.index[key]; {
		case i != 0 && r.IntN(2) == 0:
			l.use(i)
			require.Equal(t, i, l.byUse.first())
		case i != 0:
			require.Equal(t, key, l.remove(i).key)
		case l.len() < most:
			l.add(entry[int, *int]{key: key, value: new(int), cost: 1})
		default:
			l.remove(l.byAge.last())
		}

		require.LessOrEqual(t, len(l.entries), most+1)
		require.Equal(t, l.len(), l.cost)
		used := 0
		for i, e := range l.entries {
			if e.value != nil {
				used++
				require.EqualValues(t, i, l.index[e.key])
			}
		}
		require.Equal(t, l.len(), used)
		for _, order := range []ring{l.byUse, l.byAge} {
			seen := map[int32]bool{}
			for i, prev := order.first(), int32(0); i != 0; i, prev = order[i].next, i {
				require.False(t, seen[i])
				require.NotNil(t, l.entries[i].value)
				require.Equal(t, prev, order[i].prev)
				seen[i] = true
			}
			require.Len(t, seen, l.len())
		}
	}
}
