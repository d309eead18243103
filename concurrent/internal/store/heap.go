package store

// heap is the order of [NewPriority]: a binary heap, the lowest item first, and
// of equal ones the oldest. All comparisons are made before the first change, so
// that one that panics does no harm.
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

func (h *heap[T]) pop() T {
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
		for to > 0 {
			e, h.entries[to] = h.entries[to], e
			to = (to - 1) / 2
		}
		e, h.entries[0] = h.entries[0], e
	}
	h.entries = shrunk(h.entries[:last])
	return e.item
}

func (h *heap[T]) len() int { return len(h.entries) }

func (h *heap[T]) clear() { h.entries = nil }
