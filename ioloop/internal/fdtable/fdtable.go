// Package fdtable keeps a value per file descriptor.
package fdtable

import "iter"

// A Table maps descriptors to values. The zero value is empty. The zero value of T
// stands for none.
type Table[T comparable] struct {
	near []T // by descriptor
	far  map[int32]T
	len  int
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
			t.near = grown
		}
		t.near[fd] = v
	case v == none:
		delete(t.far, fd)
	default:
		if t.far == nil {
			t.far = map[int32]T{}
		}
		t.far[fd] = v
	}
}

// Len returns how many descriptors have a value.
func (t *Table[T]) Len() int { return t.len }

// All yields the descriptors and their values, those below a million in their order. The
// values that it reaches may be replaced meanwhile.
func (t *Table[T]) All() iter.Seq2[int32, T] {
	return func(yield func(int32, T) bool) {
		var none T
		for fd, v := range t.near {
			if v != none && !yield(int32(fd), v) {
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
