package wheel

// A heap is a binary heap of entries that know their index.
type heap[T any] []*Entry[T]

func (h heap[T]) less(i, j int) bool {
	a, b := h[i], h[j]
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (h heap[T]) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = int32(i), int32(j)
}

func (h *heap[T]) add(e *Entry[T]) {
	e.index = int32(len(*h))
	*h = append(*h, e)
	h.up(int(e.index))
}

// remove takes out the entry at index i.
func (h *heap[T]) remove(i int) *Entry[T] {
	last := len(*h) - 1
	h.swap(i, last)
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	if i < last {
		h.down(i)
		h.up(i)
	}
	return e
}

func (h heap[T]) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h heap[T]) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.swap(i, child)
		i = child
	}
}
