package par

import (
	"slices"
	"sync"
)

// A span is the combined result of the items [lo, hi).
type span[B any] struct {
	lo, hi int
	value  B
	some   bool // false when all of them failed
}

// spans combines results in index order while they come in in any order. Only
// neighbours are combined, by the worker that brings the second of them, outside
// the lock and after taking both out of the list: nobody else sees them.
type spans[B any] struct {
	n     int
	chunk int // the fixed size, or 0
	merge func(B, B) B

	mu   sync.Mutex
	list []span[B] // no two of them can be combined
}

// add combines s with its neighbours as far as they are there.
func (sp *spans[B]) add(s span[B]) {
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

// exchange takes a span that s can be combined with out of the list, or puts s
// in when there is none.
func (sp *spans[B]) exchange(s span[B]) (span[B], bool) {
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
// the binary tree over the chunks, which makes the grouping the same whoever
// comes first: l begins at a multiple of twice its size, and r is as long as l or
// is all that is left.
func (sp *spans[B]) fits(l, r span[B]) bool {
	if l.hi != r.lo {
		return false
	}
	size := l.hi - l.lo
	return sp.chunk == 0 || l.lo%(2*size) == 0 && (r.hi-r.lo == size || r.hi == sp.n)
}

func (sp *spans[B]) join(l, r span[B]) span[B] {
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
// that did not get to the end there are gaps between the spans.
func (sp *spans[B]) all() (B, bool) {
	slices.SortFunc(sp.list, func(a, b span[B]) int { return a.lo - b.lo })
	var total span[B]
	for _, s := range sp.list {
		total = sp.join(total, s)
	}
	return total.value, total.some
}
