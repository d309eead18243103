//go:build linux && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package mem

import (
	"fmt"
	"unsafe"

	"github.com/fanfold/fanfold/internal/memfd"
)

// growth is by how much more than asked for a memory grows.
const growth = 64 << 10

// MaxName is how many bytes the name of an object may have.
const MaxName = 255

// New makes an object of size bytes. fill fills them, which are zero, before any other
// process can find them. It returns the object's offset. The error matches [ErrFull].
//
// If there is an object with the name, which is not empty, New returns that one, and the
// error matches [ErrLayout] if it is another one than wanted.
func (m *Memory) New(kind uint32, shape uint64, size int, name string, fill func(words unsafe.Pointer)) (offset uint64, err error) {
	before := m.h.objects.Load()
	if offset, ok := m.named(name); ok {
		_, err = m.Find(offset, kind, shape, size)
		return offset, err
	}
	offset, err = m.allocate(objectSize + (uint64(size)+7)/8*8 + uint64(len(name)))
	if err != nil {
		return 0, err
	}
	o := at[object](m, offset)
	o.kind, o.shape, o.size, o.name = kind, shape, uint64(size), uint32(len(name))
	copy(m.nameOf(offset, uint64(size), uint32(len(name))), name)
	if fill != nil {
		fill(m.words(offset))
	}
	for {
		o.before.Store(before)
		if m.h.objects.CompareAndSwap(before, offset) {
			m.h.count.Add(1)
			return offset, nil
		}
		before = m.h.objects.Load()
		if there, ok := m.named(name); ok { // another was faster: what was allocated stays unused
			_, err = m.Find(there, kind, shape, size)
			return there, err
		}
	}
}

// nameOf returns the name of the object at an offset, whose lengths were checked.
func (m *Memory) nameOf(offset, size uint64, name uint32) []byte {
	begin := offset + objectSize + (size+7)/8*8
	return m.b[begin : begin+uint64(name)]
}

// named returns the offset of the object that has a name.
func (m *Memory) named(name string) (offset uint64, ok bool) {
	if name == "" {
		return 0, false
	}
	m.each(func(at uint64, o known) {
		if string(m.nameOf(at, o.size, o.name)) == name {
			offset, ok = at, true
		}
	})
	return offset, ok
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
	o, ok := m.object(offset)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: there is no object at %d", ErrLayout, offset)
	case o.kind != kind || o.shape != shape || o.size != uint64(size):
		return nil, fmt.Errorf("%w: an object of kind %d, shape %#x and %d bytes, want %d, %#x and %d",
			ErrLayout, o.kind, o.shape, o.size, kind, shape, size)
	}
	return m.words(offset), nil
}

// words returns the words of the object at an offset.
func (m *Memory) words(offset uint64) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(&m.b[offset]), objectSize)
}

// Size returns by how many bytes an object is larger than least.
func (m *Memory) Size(offset uint64, least int) (int, error) {
	o, ok := m.object(offset)
	if !ok || o.size < uint64(least) {
		return 0, fmt.Errorf("%w: there is no object of %d bytes at %d", ErrLayout, least, offset)
	}
	return int(o.size - uint64(least)), nil
}

// A known is what an object's header says, read once: it may be written over.
type known struct {
	kind, name  uint32
	shape, size uint64
}

// object returns what the header of the object at an offset says, if there can be one.
func (m *Memory) object(offset uint64) (o known, ok bool) {
	end := min(m.h.next.Load(), m.max)
	if offset%align != 0 || offset < m.first() || offset > end || end-offset < objectSize || !m.reaches(offset+objectSize) {
		return o, false
	}
	h := at[object](m, offset)
	o = known{kind: h.kind, name: h.name, shape: h.shape, size: h.size}
	rest := end - offset - objectSize
	ok = o.name <= MaxName && o.size <= rest && (o.size+7)/8*8+uint64(o.name) <= rest
	return o, ok && m.reaches(offset+objectSize+(o.size+7)/8*8+uint64(o.name))
}

// each calls f for each object, the last one first, and stops where the list makes no
// sense.
func (m *Memory) each(f func(offset uint64, o known)) {
	offset := m.h.objects.Load()
	for n := m.h.count.Load() + uint64(len(m.slots)); offset != 0 && n > 0; n-- {
		o, ok := m.object(offset)
		if !ok {
			return
		}
		f(offset, o)
		offset = at[object](m, offset).before.Load()
	}
}
