package shm

import (
	"encoding/binary"
	"fmt"
	"os"
	"reflect"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/mem"
)

// What travels is the file of the memory, once for all objects in it, and for each its
// offset behind the memory's id.
func init() {
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[object](),
		Shared: true,
		Detach: func(v any) (*os.File, []byte, error) {
			m, offset := v.(object).place()
			if m == nil {
				return nil, nil, fmt.Errorf("shm: %w: the zero value of a %v", ErrLayout, reflect.TypeOf(v).Elem())
			}
			return m.detach(offset)
		},
		Attach: func(t reflect.Type, f *os.File, rest []byte) (any, error) {
			m, offset, err := attach(f, rest)
			if err != nil {
				return nil, err
			}
			return reflect.New(t.Elem()).Interface().(object).open(m, offset)
		},
	})
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[*Memory](),
		Shared: true,
		Detach: func(v any) (*os.File, []byte, error) { return v.(*Memory).detach(0) },
		Attach: func(_ reflect.Type, f *os.File, rest []byte) (any, error) {
			m, _, err := attach(f, rest)
			return m, err
		},
	})
}

// detach returns what travels for an object of the memory.
func (m *Memory) detach(offset uint64) (*os.File, []byte, error) {
	if m.m == nil {
		return nil, nil, errClosed
	}
	if err := m.usable(); err != nil {
		return nil, nil, err
	}
	id := m.m.ID()
	return m.m.File(), binary.AppendUvarint(id[:], offset), nil
}

// attach returns the memory of what detach returned in another process. f is nil if the
// memory has arrived with another object of the same message.
func attach(f *os.File, rest []byte) (*Memory, uint64, error) {
	var id [16]byte
	offset, n := binary.Uvarint(rest[min(copy(id[:], rest), len(rest)):])
	if len(rest) < len(id) || n <= 0 {
		return nil, 0, fmt.Errorf("shm: %w: an object comes as %d bytes", ErrLayout, len(rest))
	}
	m, known := mem.Known(id)
	switch {
	case known && f != nil:
		f.Close()
	case known:
	case f == nil:
		return nil, 0, fmt.Errorf("shm: %w: an object comes without its memory: %w", ErrLayout, wire.ErrAbsent)
	default:
		var err error
		if m, err = mem.Attach(f); err != nil {
			return nil, 0, fmt.Errorf("shm: a memory that has arrived: %w", err)
		}
	}
	return memoryOf(m), offset, nil
}
