package shm

import (
	"fmt"
	"unsafe"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc/internal/mem"
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

// A preparer is an object that has more to read before it settles.
type preparer interface {
	prepare(m *Memory, words unsafe.Pointer, size int) error
}

// ObjectOptions are the choices of an object. The zero value of each field is its
// default.
type ObjectOptions struct {
	// Name is under what the object is found, unless it is empty. The first call of a
	// constructor with the name makes the object. Later calls, in any process, return
	// the same object, as it is then. A name has 255 bytes at most.
	Name string
}

// A spec is what a new object is to be.
type spec struct {
	caller string // the constructor
	kind   uint32
	shape  uint64
	size   int
	name   string
	fill   func(words unsafe.Pointer)
}

// named returns the name that options give an object.
func named(caller string, options []ObjectOptions) string {
	name := optional.One("shm", caller, options).Name
	if len(name) > mem.MaxName {
		panic(fmt.Sprintf("shm: %s: the name has %d bytes, want at most %d", caller, len(name), mem.MaxName))
	}
	return name
}

// made makes an object in m, and o that object; or it returns the object that has the
// name.
func made[O object](m *Memory, x spec, o O) (O, error) {
	var none O
	if err := m.usable(); err != nil {
		return none, err
	}
	offset, err := m.m.New(x.kind, x.shape, x.size, x.name, x.fill)
	if err != nil {
		if x.name != "" {
			return none, fmt.Errorf("shm: %s of the name %q: %w", x.caller, x.name, err)
		}
		return none, fmt.Errorf("shm: %s: %w", x.caller, err)
	}
	there, err := found(m, offset, x.kind, x.shape, x.size, o)
	if err != nil {
		return none, err
	}
	return there.(O), nil
}

// found makes o the object at an offset, or returns the one that this process has.
func found[O object](m *Memory, offset uint64, kind uint32, shape uint64, size int, o O) (any, error) {
	words, err := m.m.Find(offset, kind, shape, size)
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", o, err)
	}
	if p, ok := any(o).(preparer); ok {
		if err = p.prepare(m, words, size); err != nil {
			return nil, fmt.Errorf("shm: a %T that has arrived: %w", o, err)
		}
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
