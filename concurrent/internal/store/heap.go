package store

// heap is the order of [NewPriority]: a binary heap, the lowest item first, and
// of equal ones the oldest. A push or pop makes all comparisons before its first
// change, so that one that panics does no harm. A batch is several of these, and takes
// those back that were made: that needs no comparison.
type heap[T any] struct {
	compare func(a, b T) int
	entries []entry[T]
	seq     uint64
}

type entry[T any] struct {
	item T
	seq  uint64
}

func (h *heap[T]) less(a, b *entry[T]) bool {
	if c := h.compare(a.item, b.item); c != 0 {
		return c < 0
	}
	return a.seq < b.seq
}

func (h *heap[T]) push(v T) {
	e := entry[T]{v, h.seq}
	hole := len(h.entries)
	to := hole
	for to > 0 && h.less(&e, &h.entries[(to-1)/2]) {
		to = (to - 1) / 2
	}
	h.seq++
	h.entries = append(h.entries, e)
	for hole != to {
		h.entries[hole] = h.entries[(hole-1)/2]
		hole = (hole - 1) / 2
	}
	h.entries[to] = e
}

// unpush takes back the last push.
func (h *heap[T]) unpush() {
	h.seq--
	last := len(h.entries) - 1
	at := last
	e := h.entries[at]
	for e.seq != h.seq { // it stands on the way to the root, and what it passed below it
		at = (at - 1) / 2
		e, h.entries[at] = h.entries[at], e
	}
	h.entries[last] = entry[T]{}
	h.entries = h.entries[:last]
}

func (h *heap[T]) pushAll(items []T) {
	before, done := len(h.entries), false
	defer func() {
		for !done && len(h.entries) > before {
			h.unpush()
		}
	}()
	for _, v := range items {
		h.push(v)
	}
	done = true
}

func (h *heap[T]) pop() T {
	p := h.take()
	h.entries = shrunk(h.entries)
	return p.entry.item
}

// A taken is an entry that was the root, and where the last entry went instead.
type taken[T any] struct {
	entry entry[T]
	to    int
}

func (h *heap[T]) take() taken[T] {
	last := len(h.entries) - 1
	e := h.entries[last]
	// Where in the heap without its last entry, and without its root, does the
	// last belong? The way there is the way back to the root.
	to := 0
	for {
		child := 2*to + 1
		if child >= last {
			break
		}
		if child+1 < last && h.less(&h.entries[child+1], &h.entries[child]) {
			child++
		}
		if h.less(&e, &h.entries[child]) {
			break
		}
		to = child
	}
	h.entries[last] = entry[T]{}
	if last > 0 {
		for at := to; at > 0; at = (at - 1) / 2 {
			e, h.entries[at] = h.entries[at], e
		}
		e, h.entries[0] = h.entries[0], e
	}
	h.entries = h.entries[:last]
	return taken[T]{e, to}
}

// untake takes back the last take.
func (h *heap[T]) untake(t taken[T]) {
	if len(h.entries) == 0 {
		h.entries = append(h.entries, t.entry)
		return
	}
	h.entries = append(h.entries, h.entries[t.to])
	for at := t.to; at > 0; at = (at - 1) / 2 {
		h.entries[at] = h.entries[(at-1)/2]
	}
	h.entries[0] = t.entry
}

func (h *heap[T]) popAll(buf []T) {
	all, done := make([]taken[T], 0, len(buf)), false
	defer func() {
		for i := len(all) - 1; i >= 0 && !done; i-- {
			h.untake(all[i])
		}
	}()
	for range buf {
		all = append(all, h.take())
	}
	done = true
	for i, t := range all {
		buf[i] = t.entry.item
	}
	h.entries = shrunk(h.entries)
}

func (h *heap[T]) len() int { return len(h.entries) }

func (h *heap[T]) clear() { h.entries = nil }
