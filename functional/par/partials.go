package par

import (
	"slices"
	"sync"
)

// A partial is the combined result of the items [lo, hi).
type partial[B any] struct {
	lo, hi int
	value  B
	some   bool // false when all of them failed
}

// partials combines results in index order while they come in in any order. Only
// neighbours are combined, by the worker that brings the second of them, outside
// the lock and after taking both out of the list: no other worker sees them.
type partials[B any] struct {
	n     int
	chunk int // the fixed size, or 0
	merge func(B, B) B

	mu   sync.Mutex
	list []partial[B] // no two of them can be combined
}

// add combines s with its neighbours as far as they are there.
func (sp *partials[B]) add(s partial[B]) {
	for {
		other, ok := sp.exchange(s)
		if !ok {
			return
		}
		if s.lo < other.lo {
			s = sp.join(s, other)
		} else {
			s = sp.join(other, s)
		}
	}
}

// exchange takes a partial result that s can be combined with out of the list, or puts s
// in when there is none.
func (sp *partials[B]) exchange(s partial[B]) (partial[B], bool) {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	for i, other := range sp.list {
		if sp.fits(s, other) || sp.fits(other, s) {
			sp.list = slices.Delete(sp.list, i, i+1)
			return other, true
		}
	}
	sp.list = append(sp.list, s)
	return s, false
}

// fits reports whether l and r are to be combined as (l, r). With chunks that
// workers chose any neighbours are. With a fixed chunk they must be sisters in
// the binary tree over the chunks, which makes the grouping the same whichever
// comes first: l begins at a multiple of twice its size, and r is as long as l or
// is all that is left.
func (sp *partials[B]) fits(l, r partial[B]) bool {
	if l.hi != r.lo {
		return false
	}
	size := l.hi - l.lo
	return sp.chunk == 0 || l.lo%(2*size) == 0 && (r.hi-r.lo == size || r.hi == sp.n)
}

func (sp *partials[B]) join(l, r partial[B]) partial[B] {
	switch {
	case !l.some:
		l.value, l.some = r.value, r.some
	case r.some:
		l.value = sp.merge(l.value, r.value)
	}
	l.hi = r.hi
	return l
}

// all returns the combined result of everything that was added. After a call
// that did not get to the end there are gaps between the results.
func (sp *partials[B]) all() (B, bool) {
	slices.SortFunc(sp.list, func(a, b partial[B]) int { return a.lo - b.lo })
	var total partial[B]
	for _, s := range sp.list {
		total = sp.join(total, s)
	}
	return total.value, total.some
}
