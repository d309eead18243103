package wire

import (
	"fmt"
	"reflect"
	"unsafe"
)

// A structure is the coder of a struct type that is not fixed.
type structure struct {
	fields []field
	size   int // least bytes of all fields
}

type field struct {
	part   string // of the path: a dot and the name
	offset uintptr
	need   int // least bytes
	coder
}

func (c *compiler) structure(t reflect.Type, path string) (coder, error) {
	s := &structure{}
	for f := range t.Fields() {
		if f.Type.Size() == 0 {
			continue
		}
		if !f.IsExported() && !embedsStruct(f) {
			reason := fmt.Sprintf("unexported field (%v) would be lost", f.Type)
			return nil, &TypeError{f.Type, path + "." + f.Name, reason}
		}
		code, err := c.compile(f.Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		s.add(field{"." + f.Name, f.Offset, code.least(), code})
	}
	if n, ok := s.fields[0].coder.(fixed); ok && uintptr(n) == t.Size() {
		return n, nil
	}
	return s, nil
}

// embedsStruct reports whether f is an embedded struct or pointer to one, whose
// exported fields are seen from outside even if its own name is not.
func embedsStruct(f reflect.StructField) bool {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return f.Anonymous && t.Kind() == reflect.Struct
}

// add adds a field. Fixed fields without a gap between them become one, which
// keeps the name of the first.
func (s *structure) add(f field) {
	s.size += f.need
	if n := len(s.fields); n > 0 {
		last := &s.fields[n-1]
		before, ok1 := last.coder.(fixed)
		size, ok2 := f.coder.(fixed)
		if ok1 && ok2 && last.offset+uintptr(before) == f.offset {
			last.coder, last.need = before+size, int(before+size)
			return
		}
	}
	s.fields = append(s.fields, f)
}

func (s *structure) least() int { return s.size }

func (s *structure) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	for i := range s.fields {
		field := &s.fields[i]
		var f *fault
		dst, f = field.encode(dst, unsafe.Add(p, field.offset), at)
		if f != nil {
			return nil, f.within(field.part)
		}
	}
	return dst, nil
}

func (s *structure) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	at.owed += s.size
	for i := range s.fields {
		field := &s.fields[i]
		var f *fault
		at.owed -= field.need
		src, f = field.decode(src, unsafe.Add(p, field.offset), at)
		if f != nil {
			return nil, f.within(field.part)
		}
	}
	return src, nil
}
