package words

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A long run of random additions against a map.
func TestTableModel(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var table Table
	model := map[string]int64{}
	for range 100_000 {
		word := fmt.Appendf(nil, "%d", int(random.ExpFloat64()*10_000))
		n := random.Int64N(3) + 1
		require.Equal(t, model[string(word)], table.Count(word))
		table.Add(word, n)
		model[string(word)] += n
		require.Equal(t, len(model), table.Len())
		clear(word) // the table must have made a copy
	}
	require.Equal(t, model, counts(&table))
}

// Words of the same hash, or of one whose slot is taken, are still different
// words.
func TestTableCollisions(t *testing.T) {
	var table Table
	for i := range 3000 {
		table.add(fmt.Append(nil, i), uint64(i%3), int64(i))
	}
	require.Equal(t, 3000, table.Len())
	for i := range 3000 {
		_, known := table.find(fmt.Append(nil, i), uint64(i%3))
		require.NotNil(t, known)
		require.EqualValues(t, i, known.count)
	}
}

func TestTableZero(t *testing.T) {
	var table Table
	require.Zero(t, table.Len())
	require.Zero(t, table.Count([]byte("a")))
	require.Nil(t, table.Top(3))
	for range table.All() {
		t.Error("an empty table holds a word")
	}
}

func TestAllStops(t *testing.T) {
	var table Table
	table.Add([]byte("a"), 1)
	table.Add([]byte("b"), 1)
	for word := range table.All() {
		require.Equal(t, "a", string(word))
		break
	}
}

// Known words cost no allocation.
func TestAddAllocs(t *testing.T) {
	var table Table
	word := []byte("word")
	table.Add(word, 1)
	require.Zero(t, testing.AllocsPerRun(100, func() { table.Add(word, 1) }))
}

// sorted is Top by sorting everything.
func sorted(table *Table, n int) []Entry {
	var all []Entry
	for word, count := range table.All() {
		all = append(all, Entry{word, count})
	}
	slices.SortFunc(all, func(a, b Entry) int {
		if a.Count != b.Count {
			return int(b.Count - a.Count)
		}
		return bytes.Compare(a.Word, b.Word)
	})
	if n = min(n, len(all)); n <= 0 {
		return nil
	}
	return all[:n]
}

func TestTop(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var table Table
	for range 5000 {
		table.Add(fmt.Appendf(nil, "%d", random.IntN(1000)), 1)
	}
	for _, n := range []int{-1, 0, 1, 2, 20, 499, 500, 999, 1000, 1001, math.MaxInt} {
		require.Equal(t, sorted(&table, n), table.Top(n), "n = %d", n)
	}
}
