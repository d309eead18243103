package concurrent_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/fanfold/fanfold/concurrent"
)

// Random calls give what a sorted slice gives, ties in the order they were put.
func TestPriorityQueueModel(t *testing.T) {
	type item struct{ key, number int }
	compare := func(a, b item) int { return cmp.Compare(a.key, b.key) }
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		q := NewPriorityQueue(-1, compare)
		var model []item
		for number := range 3000 {
			if r.IntN(100) < 45 { // falls slowly
				v, err := q.TryGet()
				if len(model) == 0 {
					wantQueueErr(t, err, ErrEmpty)
					continue
				}
				require.Equal(t, model[0], v, "seed %d", seed)
				model = model[1:]
				continue
			}
			v := item{r.IntN(20), number}
			q.TryPut(v)
			at, _ := slices.BinarySearchFunc(model, v, func(e, v item) int { return cmp.Or(compare(e, v), -1) })
			model = slices.Insert(slices.Clip(model), at, v)
		}
		for _, want := range model {
			v, _ := q.TryGet()
			require.Equal(t, want, v, "seed %d", seed)
		}
	}
}

// A batch that panics has taken or put what came before, and whoever waits for
// that goes on.
func TestPriorityQueuePanicsInBatch(t *testing.T) {
	const lose = "you lose"
	synctest.Test(t, func(t *testing.T) {
		failIn := 0
		q := NewPriorityQueue(4, func(a, b int) int {
			if failIn--; failIn == 0 {
				panic(lose)
			}
			return cmp.Compare(a, b)
		})
		get := call(func() (int, error) { return q.Get(noEnd) })
		mustWait(t, get)
		failIn = 1
		panicsWith(t, lose, func() { q.PutAll(noEnd, []int{1, 2}) })
		wantQueue(t, mustReturn(t, get), callResult{1, nil})

		fill(t, q, 1, 2, 3, 4)
		putter := callErr(func() error { return q.Put(noEnd, 5) })
		mustWait(t, putter)
		failIn = 3 // the first is taken after two
		panicsWith(t, lose, func() { q.GetMany(noEnd, make([]int, 3)) })
		wantQueue(t, mustReturn(t, putter), callResult{0, nil})
		assert.Equal(t, 4, q.Len(), "items")
	})
}

// Every kind gives what a slice gives, also where segments begin and end.
func TestQueueModel(t *testing.T) {
	for _, k := range queueKinds {
		for seed := range uint64(10) {
			r := rand.New(rand.NewPCG(seed, 1))
			q := k.make(1000)
			var model []int
			for op := range 2000 {
				items := make([]int, r.IntN(200))
				if r.IntN(2) == 0 {
					for i := range items {
						items[i] = op*1000 + i
					}
					items = items[:min(len(items), 1000-len(model))]
					n, err := q.PutAll(noEnd, items)
					wantQueue(t, callResult{n, err}, callResult{len(items), nil})
					model = append(model, items...)
				} else if len(model) > 0 && len(items) > 0 {
					ordered := k.order(model)
					n, err := q.GetMany(noEnd, items)
					wantQueue(t, callResult{n, err}, callResult{min(len(items), len(model)), nil})
					require.Equal(t, ordered[:n], items[:n], "%s, seed %d", k.name, seed)
					model = slices.DeleteFunc(model, func(v int) bool { return slices.Contains(items[:n], v) })
				}
				require.Equal(t, len(model), q.Len(), "%s, seed %d", k.name, seed)
			}
		}
	}
}
