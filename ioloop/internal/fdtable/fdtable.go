// Package fdtable keeps a value per file descriptor.
package fdtable

import "iter"

// A Table maps descriptors to values. The zero value is empty. The zero value of T
// stands for none.
type Table[T comparable] struct {
	near []T // by descriptor
	far  map[int32]T
	len  int
	few  int // near may be too large when so few are left
}

// Descriptors below nearLimit are looked up in a slice. A script may use any number, and
// a number must not become an allocation of its size.
const nearLimit = 1 << 20

// Get returns the value of fd, which must not be negative.
func (t *Table[T]) Get(fd int32) (v T) {
	switch {
	case int(fd) < len(t.near):
		return t.near[fd]
	case fd >= nearLimit:
		return t.far[fd]
	}
	return v
}

// Put makes v the value of fd, which must not be negative. The zero value removes it.
func (t *Table[T]) Put(fd int32, v T) {
	var none T
	switch old := t.Get(fd); {
	case old == none && v != none:
		t.len++
	case old != none && v == none:
		t.len--
	}
	switch {
	case fd < nearLimit:
		if int(fd) >= len(t.near) { // twice as large: append would leave more copies behind
			grown := make([]T, max(2*len(t.near), int(fd)+1))
			copy(grown, t.near)
			t.near, t.few = grown, len(grown)/8
		}
		t.near[fd] = v
		if v == none && t.len <= t.few && len(t.near) > keptLen {
			t.shrink()
		}
	case v == none:
		delete(t.far, fd)
	default:
		if t.far == nil {
			t.far = map[int32]T{}
		}
		t.far[fd] = v
	}
}

// keptLen is the length of a slice that is kept, however few are left.
const keptLen = 256

// shrink gives memory back after a peak. Where a high descriptor keeps it from that, it looks
// again when half as many are left: the looks cost no more than the removals.
func (t *Table[T]) shrink() {
	var none T
	top := len(t.near)
	for top > 0 && t.near[top-1] == none {
		top--
	}
	if top = max(2*top, keptLen); top <= len(t.near)/2 {
		t.near = append(make([]T, 0, top), t.near[:top]...)
		t.few = top / 8
	} else {
		t.few = t.len / 2
	}
}

// Len returns how many descriptors have a value.
func (t *Table[T]) Len() int { return t.len }

// All yields the descriptors and their values, those below a million in their order. The
// values that it reaches may be replaced meanwhile.
func (t *Table[T]) All() iter.Seq2[int32, T] {
	return func(yield func(int32, T) bool) {
		var none T
		for fd := 0; fd < len(t.near); fd++ { // which may be another slice each time
			if v := t.near[fd]; v != none && !yield(int32(fd), v) {
				return
			}
		}
		for fd, v := range t.far {
			if !yield(fd, v) {
				return
			}
		}
	}
}
