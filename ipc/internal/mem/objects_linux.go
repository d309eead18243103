//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"fmt"
	"unsafe"

	"github.com/fanfold/fanfold/internal/memfd"
)

// growth is by how much more than asked for a memory grows.
const growth = 64 << 10

// New makes an object of size bytes. make fills them, which are zero, before any other
// process can find them. It returns the object's offset. The error matches [ErrFull].
func (m *Memory) New(kind uint32, shape uint64, size int, fill func(words unsafe.Pointer)) (offset uint64, err error) {
	offset, err = m.allocate(objectSize + uint64(size))
	if err != nil {
		return 0, err
	}
	o := at[object](m, offset)
	o.kind, o.shape, o.size = kind, shape, uint64(size)
	if fill != nil {
		fill(unsafe.Add(unsafe.Pointer(o), objectSize))
	}
	for {
		before := m.h.objects.Load()
		o.before.Store(before)
		if m.h.objects.CompareAndSwap(before, offset) {
			m.h.count.Add(1)
			return offset, nil
		}
	}
}

// allocate returns the offset of so many bytes that are reserved and nobody else's. They
// stay so for good, also if this process dies.
func (m *Memory) allocate(size uint64) (uint64, error) {
	if size > m.max {
		return 0, fmt.Errorf("%w: %d bytes are too many for %d", ErrFull, size, m.max)
	}
	size = (size + align - 1) / align * align
	for {
		offset := m.h.next.Load()
		end := offset + size
		if offset%align != 0 || offset < m.first() || end > m.max || end < offset {
			return 0, fmt.Errorf("%w: %d bytes more than %d of %d", ErrFull, size, offset, m.max)
		}
		// Reserved before they are taken: memory that is missing later is a fatal signal.
		if !m.reaches(end) {
			grown := min((end+growth-1)/growth*growth, m.max)
			if err := memfd.Reserve(m.file, int(grown)); err != nil {
				return 0, full(err)
			}
			for was := m.h.grown.Load(); was < grown && !m.h.grown.CompareAndSwap(was, grown); {
				was = m.h.grown.Load()
			}
		}
		if m.h.next.CompareAndSwap(offset, end) {
			return offset, nil
		}
	}
}

// reaches reports whether the file has so many bytes. It never has less again.
func (m *Memory) reaches(end uint64) bool {
	if end <= m.known.Load() {
		return true
	}
	info, err := m.file.Stat()
	if err != nil || end > uint64(info.Size()) {
		return false
	}
	for known := m.known.Load(); known < uint64(info.Size()) && !m.known.CompareAndSwap(known, uint64(info.Size())); {
		known = m.known.Load()
	}
	return true
}

// first returns the offset behind the slots.
func (m *Memory) first() uint64 { return headerSize + uint64(len(m.slots))*slotSize }

// Find returns the words of an object that has an offset, a kind and a shape. The error
// matches [ErrLayout] if there is no such object.
func (m *Memory) Find(offset uint64, kind uint32, shape uint64, size int) (unsafe.Pointer, error) {
	o := m.object(offset)
	switch {
	case o == nil:
		return nil, fmt.Errorf("%w: there is no object at %d", ErrLayout, offset)
	case o.kind != kind || o.shape != shape || o.size != uint64(size):
		return nil, fmt.Errorf("%w: an object of kind %d, shape %#x and %d bytes, want %d, %#x and %d",
			ErrLayout, o.kind, o.shape, o.size, kind, shape, size)
	}
	return unsafe.Add(unsafe.Pointer(o), objectSize), nil
}

// Size returns by how many bytes an object is larger than least.
func (m *Memory) Size(offset uint64, least int) (int, error) {
	o := m.object(offset)
	if o == nil || o.size < uint64(least) {
		return 0, fmt.Errorf("%w: there is no object of %d bytes at %d", ErrLayout, least, offset)
	}
	return int(o.size - uint64(least)), nil
}

// object returns the object at an offset, or nil if there can be none.
func (m *Memory) object(offset uint64) *object {
	end := min(m.h.next.Load(), m.max)
	if offset%align != 0 || offset < m.first() || offset > end || end-offset < objectSize || !m.reaches(offset+objectSize) {
		return nil
	}
	o := at[object](m, offset)
	if o.size > end-offset-objectSize || !m.reaches(offset+objectSize+o.size) {
		return nil
	}
	return o
}

// each calls f for each object, the last one first, and stops where the list makes no
// sense.
func (m *Memory) each(f func(kind uint32, words unsafe.Pointer, size uint64)) {
	offset := m.h.objects.Load()
	for n := m.h.count.Load() + uint64(len(m.slots)); offset != 0 && n > 0; n-- {
		o := m.object(offset)
		if o == nil {
			return
		}
		f(o.kind, unsafe.Add(unsafe.Pointer(o), objectSize), o.size)
		offset = o.before.Load()
	}
}
