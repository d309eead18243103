package list

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Random operations give what a slice gives.
func TestListModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list, other List[int]
	var model []*Node[int]
	gone := &Node[int]{}
	for range 20_000 {
		switch r.IntN(5) {
		case 0:
			n := &Node[int]{Value: r.Int()}
			list.Push(n)
			model = append(model, n)
		case 1:
			n := &Node[int]{Value: r.Int()}
			list.PushFirst(n)
			model = slices.Insert(model, 0, n)
		case 2:
			n := list.Pop()
			if len(model) == 0 {
				require.Nil(t, n)
				continue
			}
			require.Same(t, model[0], n)
			model, gone = model[1:], n
		case 3:
			if len(model) == 0 {
				continue
			}
			i := r.IntN(len(model))
			require.False(t, other.Remove(model[i]), "removed from a list in which it does not stand")
			require.True(t, list.Remove(model[i]))
			gone = model[i]
			model = slices.Delete(model, i, i+1)
		case 4:
			require.False(t, list.Remove(gone), "removed twice")
		}
		same(t, model, &list)
	}
}

// same compares the list with the model, forwards and backwards.
func same(t *testing.T, model []*Node[int], list *List[int]) {
	t.Helper()
	var forwards, backwards []*Node[int]
	for n := list.First(); n != nil; n = n.Next() {
		forwards = append(forwards, n)
	}
	for n := list.Last(); n != nil; n = n.Prev() {
		backwards = append(backwards, n)
	}
	slices.Reverse(backwards)
	if len(model) != list.Len() || !slices.Equal(model, forwards) || !slices.Equal(model, backwards) {
		require.FailNow(t, "the list is not the model", "%d nodes, want %d", list.Len(), len(model))
	}
}
