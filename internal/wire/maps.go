package wire

import (
	"fmt"
	"reflect"
	"unsafe"
)

// A mapping is the coder of a map type.
type mapping struct {
	typ       reflect.Type
	key, elem coder
	unsure    bool // whether a key may hold a value that cannot be compared
}

func (c *compiler) mapping(t reflect.Type, path string) (coder, error) {
	m := &mapping{typ: t, unsure: holdsInterface(t.Key())}
	c.coders[t] = m
	var err error
	if m.key, err = c.compile(t.Key(), path+"[key]"); err != nil {
		return nil, err
	}
	if m.elem, err = c.compile(t.Elem(), path+"[]"); err != nil {
		return nil, err
	}
	return m, nil
}

// holdsInterface reports whether a value of type t, the key of a map, holds an
// interface.
func holdsInterface(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Array:
		return holdsInterface(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if holdsInterface(f.Type) {
				return true
			}
		}
	}
	return false
}

func (m *mapping) least() int { return 1 }

func (m *mapping) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if at.depth == maxDepth {
		return nil, tooDeep(0)
	}
	v := reflect.NewAt(m.typ, p).Elem()
	dst = appendLength(dst, v.IsNil(), v.Len())
	if v.Len() == 0 {
		return dst, nil
	}
	// Entries have no address: they are copied to key and elem, one by one.
	key, elem := reflect.New(m.typ.Key()), reflect.New(m.typ.Elem())
	for entries := v.MapRange(); entries.Next(); {
		if f := at.room(dst, 0); f != nil {
			return nil, f
		}
		key.Elem().SetIterKey(entries)
		elem.Elem().SetIterValue(entries)
		var f *fault
		if dst, f = m.key.encode(dst, key.UnsafePointer(), at.inside()); f != nil {
			return nil, f.within("[key]")
		}
		if dst, f = m.elem.encode(dst, elem.UnsafePointer(), at.inside()); f != nil {
			return nil, f.within("[]")
		}
	}
	return dst, nil
}

func (m *mapping) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if at.depth == maxDepth {
		return nil, tooDeep(len(src))
	}
	start := src
	least := m.key.least() + m.elem.least()
	n, src, f := readLength(src, least, at.owed)
	if f != nil || n < 0 {
		return src, f
	}
	if n > 1 && m.key.least() == 0 {
		return nil, equalKeys(n, start) // known without looking at 1<<60 of them
	}
	v := reflect.MakeMapWithSize(m.typ, n)
	reflect.NewAt(m.typ, p).Elem().Set(v)
	key, elem := reflect.New(m.typ.Key()), reflect.New(m.typ.Elem())
	at.owed += n * least
	for range n {
		at.owed -= least
		// What the last entry refers to is in the map now.
		key.Elem().SetZero()
		elem.Elem().SetZero()
		if src, f = m.key.decode(src, key.UnsafePointer(), at.inside()); f != nil {
			return nil, f.within("[key]")
		}
		if m.unsure && !key.Elem().Comparable() {
			f = &fault{reason: "an interface holds a value that cannot be compared", left: len(src)}
			return nil, f.within("[key]")
		}
		if src, f = m.elem.decode(src, elem.UnsafePointer(), at.inside()); f != nil {
			return nil, f.within("[]")
		}
		v.SetMapIndex(key.Elem(), elem.Elem())
	}
	if v.Len() != n {
		return nil, equalKeys(n, start)
	}
	return src, nil
}

// equalKeys is the fault of a map at the front of src with n entries, two of
// which have equal keys.
func equalKeys(n int, src []byte) *fault {
	return &fault{reason: fmt.Sprintf("a map of %d entries with equal keys", n), left: len(src)}
}
