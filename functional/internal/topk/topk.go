// Package topk finds the greatest of many elements that are looked at one by one.
package topk

import "slices"

// A Top collects candidates for the k greatest elements. Whenever there are twice
// as many as needed it sorts them and keeps the better half: unlike a heap that is
// stable, and its sorts run over memory from one end to the other.
type Top[A any] struct {
	// Full is true when there have been more candidates than needed. Then an
	// element has to be greater than Least to be one.
	Full  bool
	Least A

	k       int
	compare func(A, A) int
	best    []A
}

// New returns a Top of the k greatest in the order of compare.
func New[A any](k int, compare func(A, A) int) *Top[A] {
	return &Top[A]{k: k, compare: compare, best: []A{}}
}

// Add takes a candidate in.
func (t *Top[A]) Add(a A) {
	t.best = append(t.best, a)
	if len(t.best)-t.k >= t.k {
		t.cut()
		t.Full, t.Least = true, t.best[t.k-1]
	}
}

// End returns the greatest elements, the greatest first and equal ones in the
// order in which they came.
func (t *Top[A]) End() []A {
	t.cut()
	return t.best
}

// cut sorts the candidates and keeps the k greatest.
func (t *Top[A]) cut() {
	slices.SortStableFunc(t.best, func(x, y A) int { return t.compare(y, x) })
	if len(t.best) > t.k {
		clear(t.best[t.k:])
		t.best = t.best[:t.k]
	}
}
