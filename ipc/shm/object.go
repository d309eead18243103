package shm

import (
	"fmt"
	"unsafe"
)

// An object is what lies in a memory. Its methods are those of pointers, so that what
// travels is found by this interface.
type object interface {
	// place returns where the object lies; the memory is nil for a zero value.
	place() (*Memory, uint64)

	// open makes the zero value the object at an offset, or returns the one that this
	// process has already.
	open(m *Memory, offset uint64) (any, error)

	// settle sets the fields.
	settle(m *Memory, offset uint64, words unsafe.Pointer)
}

// made makes an object in m, and o that object.
func made[O object](m *Memory, kind uint32, shape uint64, size int, fill func(unsafe.Pointer), o O) (O, error) {
	var none O
	if m.m.Closed() {
		return none, errClosed
	}
	offset, err := m.m.New(kind, shape, size, fill)
	if err != nil {
		return none, fmt.Errorf("shm: a new %T: %w", o, err)
	}
	words, err := m.m.Find(offset, kind, shape, size)
	if err != nil {
		return none, fmt.Errorf("shm: a new %T: %w", o, err)
	}
	o.settle(m, offset, words)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[offset] = o
	return o, nil
}

// found makes o the object at an offset, or returns the one that this process has.
func found[O object](m *Memory, offset uint64, kind uint32, shape uint64, size int, o O) (any, error) {
	words, err := m.m.Find(offset, kind, shape, size)
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", o, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if there, ok := m.objects[offset]; ok {
		same, ok := there.(O)
		if !ok {
			return nil, fmt.Errorf("shm: a %T that has arrived: %w: here it is a %T", o, ErrLayout, there)
		}
		return same, nil
	}
	o.settle(m, offset, words)
	m.objects[offset] = o
	return o, nil
}
