package par

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/fanfold/fanfold/functional/internal/topk"
)

// TopK returns the k greatest elements of s, the greatest first, or all of them
// when there are fewer. It is [functional.TopK] of a slice by several
// goroutines.
//
// TopK blocks until that is done. When ctx ends it returns nil and the cause.
// For k = 0 it does not look at s. Elements are ordered as by [cmp.Compare],
// NaN below all others. The result of a call that succeeds is never nil, and s
// does not change. Of [Options] TopK uses Workers only. It panics when k is
// negative.
//
// TopK keeps up to 2k elements for each of several parts of s. An element that
// is not among the greatest so far costs one comparison. Where k is more than a
// sixteenth of len(s), TopK sorts a copy.
func TopK[A cmp.Ordered](ctx context.Context, s []A, k int, options ...Options) ([]A, error) {
	checkTop("TopK", k)
	p := checked("TopK", options)
	return parTopK(ctx, s, k, cmp.Compare[A], func(t *topk.Top[A], part []A) {
		for _, a := range part {
			if !t.Full || cmp.Less(t.Least, a) {
				t.Add(a)
			}
		}
	}, p)
}

// TopKFunc is [TopK] in the order of compare, which returns a negative number
// when its first argument is less, as for [slices.SortFunc]. Of equal elements
// the first in s comes first. compare runs several times at once. TopKFunc
// raises a panic of compare as the package documentation describes. It also
// panics when compare is nil.
func TopKFunc[A any](ctx context.Context, s []A, k int, compare func(A, A) int, options ...Options) ([]A, error) {
	if compare == nil {
		panic("par: TopKFunc with a nil function")
	}
	checkTop("TopKFunc", k)
	p := checked("TopKFunc", options)
	return parTopK(ctx, s, k, compare, func(t *topk.Top[A], part []A) {
		for _, a := range part {
			if !t.Full || compare(t.Least, a) < 0 {
				t.Add(a)
			}
		}
	}, p)
}

// parTopK returns the k greatest of s in the order of compare. consider adds to t
// the elements of part that may be among them.
func parTopK[A any](ctx context.Context, s []A, k int, compare func(A, A) int, consider func(t *topk.Top[A], part []A), p Options) ([]A, error) {
	k = min(k, len(s))
	if k > len(s)/16 {
		descending := func(a, b A) int { return compare(b, a) }
		sorted := slices.Clone(s)
		if err := sortFunc(ctx, sorted, descending, stableLeaf(descending), p); err != nil {
			return nil, err
		}
		return append([]A{}, sorted[:k]...), nil
	}
	const worthwhile = 1 << 13 // elements of a part
	size := max(min(len(s)/(16*p.Workers), mostCompares), worthwhile, 4*k)
	best := make([][]A, (len(s)+size-1)/size)

	// The least of the k greatest of a part that is done. In a part behind that one an
	// element has to be greater. Parts are begun in order, so that most lie behind it;
	// not one whose worker has been asleep since it took the part, and has not looked.
	type bound struct {
		part  int
		least A
	}
	var least atomic.Pointer[bound]
	err := runEach(ctx, len(best), p, grain{fixed: 1}, func(w *worker, i, _ int) {
		if !w.goOn(i) || k == 0 {
			return
		}
		t := topk.New(k, compare)
		if l := least.Load(); l != nil && l.part < i {
			t.Full, t.Least = true, l.least
		}
		consider(t, s[i*size:min((i+1)*size, len(s))])
		best[i] = t.End()
		if len(best[i]) < k {
			return
		}
		mine := bound{i, best[i][k-1]}
		for l := least.Load(); l == nil || compare(l.least, mine.least) < 0; l = least.Load() {
			if least.CompareAndSwap(l, &mine) {
				break
			}
		}
	})
	if err != nil {
		return nil, err
	}
	all := topk.New(k, compare)
	guard(func() {
		for _, part := range best {
			consider(all, part)
		}
		best = [][]A{all.End()}
	})
	return best[0], nil
}

func checkTop(op string, k int) {
	if k < 0 {
		panic(fmt.Sprintf("par: %s of %d elements, want 0 or more", op, k))
	}
}
