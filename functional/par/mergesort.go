package par

import (
	"context"
	"sort"
)

// A mergeSort sorts a slice by several workers: they sort pieces of it, the
// leaves, and then merge neighbours in rounds. Long merges are cut, so that there
// is something to do for all workers up to the last round.
//
// A round reads one slice and writes another. As long as it runs, the slice that
// it reads has every element: that is what is left when the context ends or a
// function panics.
type mergeSort[E any] struct {
	leaf  func(s, spare []E)  // sorts s, also without a spare, and should it panic leaves all elements there
	merge func(dst, a, b []E) // merges a and b into dst, of equal elements a's first
	less  func(x, y E) bool   // the order of both
	least int                 // elements in a leaf that are worth a worker's while
	most  int                 // elements in a leaf: the end of the context is noticed after one

	tasks []mergeTask[E] // of the round
}

// A mergeTask is a part of a round: to merge a and b into dst, which is as long as
// both together.
type mergeTask[E any] struct{ dst, a, b []E }

// mergeSize is how many elements are merged at a time.
const mergeSize = 1 << 14

// sort sorts s. When it fails or panics s has the elements that it had.
func (m *mergeSort[E]) sort(ctx context.Context, s []E, p Options) error {
	size := m.leafSize(len(s), p.Workers)
	if size == len(s) {
		return runEach(ctx, 1, p, grain{fixed: 1}, func(*worker, int, int) { m.leaf(s, nil) })
	}
	spare := make([]E, len(s))
	err := runEach(ctx, (len(s)+size-1)/size, p, grain{fixed: 1}, func(w *worker, i, _ int) {
		if w.goOn(i) {
			lo, hi := i*size, min((i+1)*size, len(s))
			m.leaf(s[lo:hi], spare[lo:hi])
		}
	})
	if err != nil {
		return err
	}
	return m.rounds(ctx, s, spare, size, p)
}

// leafSize returns how many of n elements make a leaf. There are enough leaves for
// workers that do not keep step, and a power of four of them: after an even number
// of rounds the elements are where they came from.
func (m *mergeSort[E]) leafSize(n, workers int) int {
	leaves := 1
	for n/leaves > m.most || workers > 1 && leaves < 2*workers && n/leaves >= 4*m.least {
		leaves *= 4
	}
	return (n + leaves - 1) / leaves
}

// rounds merges the sorted pieces of s, which have the length run except for the
// last, which may be shorter.
func (m *mergeSort[E]) rounds(ctx context.Context, s, spare []E, run int, p Options) error {
	src, dst, away := s, spare, false
	defer func() {
		if away {
			copy(s, src)
		}
	}()
	for ; run < len(s); run *= 2 {
		inOrder := true
		guard(func() { inOrder = m.plan(dst, src, run) })
		if inOrder {
			continue
		}
		err := runEach(ctx, len(m.tasks), p, grain{fixed: 1}, func(w *worker, i, _ int) {
			if w.goOn(i) {
				t := m.tasks[i]
				m.merge(t.dst, t.a, t.b)
			}
		})
		if err != nil {
			return err
		}
		src, dst, away = dst, src, !away
	}
	return nil
}

// plan sets the tasks of the round that makes pieces of twice the length run, and
// reports whether there is nothing to do because the pieces are in order as they
// stand. What lies below all of its neighbour or above is only copied.
func (m *mergeSort[E]) plan(dst, src []E, run int) (inOrder bool) {
	m.tasks = m.tasks[:0]
	done := 0
	for mid := run; mid < len(src); mid += 2 * run {
		a, b := src[mid-run:mid], src[mid:min(mid+run, len(src))]
		if !m.less(b[0], a[len(a)-1]) {
			continue
		}
		lo := mid - run + sort.Search(len(a)-1, func(i int) bool { return m.less(b[0], a[i]) })
		hi := mid + 1 + sort.Search(len(b)-1, func(j int) bool { return !m.less(b[j+1], a[len(a)-1]) })
		m.add(dst[done:lo], src[done:lo], nil)
		m.add(dst[lo:hi], src[lo:mid], src[mid:hi])
		done = hi
	}
	if done == 0 {
		return true
	}
	m.add(dst[done:], src[done:], nil)
	return false
}

// add adds the merge of a and b to the tasks, in pieces. Each begins where the one
// before has ended, also if less does not know what it wants.
func (m *mergeSort[E]) add(dst, a, b []E) {
	for len(dst) > mergeSize {
		i := m.split(a, b, mergeSize)
		j := mergeSize - i
		m.tasks = append(m.tasks, mergeTask[E]{dst[:mergeSize], a[:i], b[:j]})
		dst, a, b = dst[mergeSize:], a[i:], b[j:]
	}
	if len(dst) > 0 {
		m.tasks = append(m.tasks, mergeTask[E]{dst, a, b})
	}
}

// split returns how many of the first n elements of the merge of a and b come from
// a.
func (m *mergeSort[E]) split(a, b []E, n int) int {
	least, most := max(0, n-len(b)), min(n, len(a))
	return least + sort.Search(most-least, func(i int) bool {
		i += least
		return m.less(b[n-i-1], a[i])
	})
}

// everywhere calls f for all parts of s.
func everywhere[E any](s []E, p Options, f func(part []E)) {
	n := (len(s) + mergeSize - 1) / mergeSize
	runEach(context.Background(), n, p, grain{fixed: 1}, func(w *worker, i, _ int) {
		if w.goOn(i) {
			f(s[i*mergeSize : min((i+1)*mergeSize, len(s))])
		}
	})
}
