package words

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBinary(t *testing.T) {
	for _, n := range []int{0, 1, 100, 5000} {
		var table Table
		for i := range n {
			table.Add(fmt.Append(nil, "\xff", i), int64(i)<<20+1)
		}
		data, err := table.MarshalBinary()
		require.NoError(t, err)
		var got Table
		require.NoError(t, got.UnmarshalBinary(data))
		require.Equal(t, counts(&table), counts(&got))
		require.Equal(t, table.Top(10), got.Top(10))
		clear(data) // the table must have made a copy

		// It is a table like any other: to look up, to add to, to merge either way.
		require.Zero(t, got.Count([]byte("new")))
		for word, count := range table.All() {
			require.Equal(t, count, got.Count(word))
		}
		got.Add([]byte("new"), 1)
		table.Add([]byte("new"), 1)
		require.Equal(t, counts(&table), counts(&got))

		data, err = table.MarshalBinary()
		require.NoError(t, err)
		var other Table
		require.NoError(t, other.UnmarshalBinary(data))
		sum := Merge(Totals{Words: other}, Totals{Words: got})
		require.Equal(t, n+1, sum.Words.Len())
		require.EqualValues(t, 2, sum.Words.Count([]byte("new")))
	}
}

func TestBinaryErrors(t *testing.T) {
	var table Table
	table.Add([]byte("one"), 1)
	table.Add([]byte("three"), 300)
	data, err := table.MarshalBinary()
	require.NoError(t, err)
	bad := map[string][]byte{
		"longer":          append(bytes.Clone(data), 'x'),
		"many words":      binary.AppendUvarint(nil, 1<<60),
		"long word":       append(binary.AppendUvarint([]byte{1}, 1<<63), 1, 'x'),
		"endless number":  bytes.Repeat([]byte{0xff}, 20),
		"negative count":  append(binary.AppendUvarint([]byte{1, 1}, math.MaxInt64+1), 'x'),
		"lengths go over": {2, 2, 1, 2, 1, 'x', 'x', 'x'},
	}
	for n := range data {
		bad[fmt.Sprintf("first %d bytes", n)] = data[:n]
	}
	for name, data := range bad {
		var got Table
		got.Add([]byte("kept"), 1)
		require.Error(t, got.UnmarshalBinary(data), name)
		require.EqualValues(t, 1, got.Count([]byte("kept")), name)
	}
}

func FuzzBinary(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{2, 1, 1, 2, 1, 'a', 'b', 'c'})
	f.Fuzz(func(t *testing.T, data []byte) {
		var table Table
		if table.UnmarshalBinary(data) != nil {
			return
		}
		again, err := table.MarshalBinary()
		require.NoError(t, err)
		var got Table
		require.NoError(t, got.UnmarshalBinary(again))
		require.Equal(t, table, got)
		table.Add([]byte("new"), 1)
		require.NotZero(t, table.Count([]byte("new")))
	})
}
