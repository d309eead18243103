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

// A batch that panics has taken or put nothing, whichever comparison it is, and the
// queue goes on as if it had not been.
func TestPriorityQueueBatchPanics(t *testing.T) {
	const lose = "you lose"
	for size := range 12 {
		for _, batch := range []string{"PutAll", "GetMany"} {
			for fail := 1; ; fail++ {
				failIn := 0
				q := NewPriorityQueue(-1, func(a, b int) int {
					if failIn--; failIn == 0 {
						panic(lose)
					}
					return cmp.Compare(a/10, b/10)
				})
				var want []int // in pairs that are equal to the comparison
				for i := range size {
					fill(t, q, 10*(i/2*7%5)+i%2)
					want = append(want, 10*(i/2*7%5)+i%2)
				}
				slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(a/10, b/10) })
				over := false
				func() {
					defer func() {
						if v := recover(); v != nil {
							require.Equal(t, lose, v)
						}
					}()
					failIn = fail
					if batch == "PutAll" {
						_, _ = q.PutAll(noEnd, []int{31, 12, 23, 3})
					} else if size > 0 {
						_, _ = q.GetMany(noEnd, make([]int, size))
					}
					over = true
				}()
				failIn = 0
				if over {
					break
				}
				q.Shutdown(false)
				got := make([]int, size+1)
				n, _ := q.GetMany(noEnd, got)
				require.Equal(t, want, append([]int(nil), got[:n]...), "%s of %d items whose comparison %d panicked", batch, size, fail)
				require.EqualValues(t, size, q.Stats().Put, "items put")
			}
		}
	}
}

// Goroutines that wait beside a batch that panics go on.
func TestPriorityQueueWaitsBesidePanic(t *testing.T) {
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
		mustWait(t, get)
		fill(t, q, 1)
		wantQueue(t, mustReturn(t, get), callResult{1, nil})

		fill(t, q, 1, 2, 3, 4)
		putter := callErr(func() error { return q.Put(noEnd, 5) })
		mustWait(t, putter)
		failIn = 3 // the first is taken after two
		panicsWith(t, lose, func() { q.GetMany(noEnd, make([]int, 3)) })
		mustWait(t, putter)
		_, err := q.Get(noEnd)
		require.NoError(t, err)
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
