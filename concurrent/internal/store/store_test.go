package store

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var kinds = map[string]struct {
	make  func(limit int) Store[int]
	order func(put ...int) []int // in which they come out
}{
	"FIFO":     {func(limit int) Store[int] { return NewFIFO[int](limit) }, func(put ...int) []int { return put }},
	"LIFO":     {NewLIFO[int], func(put ...int) []int { slices.Reverse(put); return put }},
	"Priority": {func(limit int) Store[int] { return NewPriority(limit, cmp.Compare[int]) }, func(put ...int) []int { slices.Sort(put); return put }},
}

// each runs a test for a store of each kind with room for three items.
func each(t *testing.T, f func(t *testing.T, s Store[int], order func(...int) []int)) {
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) { f(t, k.make(3), k.order) })
	}
}

func take(t *testing.T, s Store[int], n int) (items []int) {
	t.Helper()
	for range n {
		v, verdict := s.Get()
		require.Equal(t, Yes, verdict)
		items = append(items, v)
	}
	return items
}

func TestOrderAndLimit(t *testing.T) {
	each(t, func(t *testing.T, s Store[int], order func(...int) []int) {
		_, verdict := s.Get()
		require.Equal(t, NotYet, verdict)
		require.True(t, s.CanPut())
		require.False(t, s.CanGet())
		for _, v := range []int{5, 9, 1} {
			require.Equal(t, Yes, s.Put(v))
		}
		require.Equal(t, NotYet, s.Put(7))
		require.False(t, s.CanPut())
		require.True(t, s.CanGet())
		s.SetLimit(2)
		require.Equal(t, order(5, 9, 1), take(t, s, 3))
		require.Equal(t, Counts{Limit: 2, Put: 3, Got: 3}, s.Counts())
		require.EqualValues(t, 3, s.Puts())
	})
}

func TestMany(t *testing.T) {
	each(t, func(t *testing.T, s Store[int], order func(...int) []int) {
		n, verdict := s.PutMany([]int{5, 9, 1, 7})
		require.Equal(t, Yes, verdict)
		require.Equal(t, 3, n)
		n, verdict = s.PutMany([]int{7})
		require.Equal(t, NotYet, verdict)
		require.Zero(t, n)
		buf := make([]int, 2)
		n, verdict = s.GetMany(buf)
		require.Equal(t, Yes, verdict)
		require.Equal(t, order(5, 9, 1)[:2], buf[:n])
		n, verdict = s.GetMany(buf)
		require.Equal(t, Yes, verdict)
		require.Equal(t, order(5, 9, 1)[2:], buf[:n])
		_, verdict = s.GetMany(buf)
		require.Equal(t, NotYet, verdict)
	})
}

func TestShutdown(t *testing.T) {
	each(t, func(t *testing.T, s Store[int], order func(...int) []int) {
		s.PutMany([]int{5, 9, 1})
		take(t, s, 1)
		require.Zero(t, s.Shutdown(false))
		require.Equal(t, Never, s.Put(2))
		_, verdict := s.PutMany([]int{2})
		require.Equal(t, Never, verdict)
		require.Equal(t, order(5, 9, 1)[1:2], take(t, s, 1))
		require.Equal(t, 1, s.Shutdown(true))
		_, verdict = s.Get()
		require.Equal(t, Never, verdict)
		require.Equal(t, Counts{Limit: 3, Put: 3, Got: 2, Dropped: 1, Shutdown: true}, s.Counts())
		require.True(t, s.CanPut(), "it need not wait to hear that it is too late")
		require.True(t, s.CanGet())
	})
}
