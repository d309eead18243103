package wire

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"unsafe"
)

// basics are the types that any interface without methods may hold.
var basics = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[uintptr](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[complex64](), reflect.TypeFor[complex128](),
	reflect.TypeFor[[]byte](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](),
}

// A concrete is a type that interfaces may hold.
type concrete struct {
	typ  reflect.Type
	name string // on the wire
	code coder  // nil until an interface wants it
}

// register adds the types of the examples to the concrete types.
func (c *compiler) register(examples []any) error {
	names := map[string]reflect.Type{}
	for _, known := range c.concretes {
		names[known.name] = known.typ
	}
	for i, example := range examples {
		t := reflect.TypeOf(example)
		if t == nil {
			return &TypeError{nil, fmt.Sprintf("types[%d]", i), "a nil interface is no example of a type"}
		}
		name := typeName(t)
		switch other := names[name]; other {
		case t:
		case nil:
			names[name] = t
			c.concretes = append(c.concretes, &concrete{typ: t, name: name})
		default:
			return &TypeError{t, t.String(), fmt.Sprintf("another type has the same name %q, as types inside functions can", name)}
		}
	}
	return nil
}

// typeName names t with import paths in full. Two types can still have one name
// if they were declared inside functions; register looks for that.
func typeName(t reflect.Type) string {
	switch {
	case t.PkgPath() != "":
		return t.PkgPath() + "." + t.Name()
	case t.Name() != "":
		return t.Name()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeName(t.Elem()))
	case reflect.Map:
		return fmt.Sprintf("map[%s]%s", typeName(t.Key()), typeName(t.Elem()))
	default:
		return t.String()
	}
}

// An iface is the coder of an interface type.
type iface struct {
	typ    reflect.Type
	byType map[reflect.Type]*concrete
	byName map[string]*concrete
}

func (c *compiler) iface(t reflect.Type, path string) (coder, error) {
	i := &iface{t, map[reflect.Type]*concrete{}, map[string]*concrete{}}
	c.coders[t] = i
	for _, k := range c.concretes {
		if !k.typ.Implements(t) {
			continue
		}
		code, err := c.compile(k.typ, fmt.Sprintf("%s.(%v)", path, k.typ))
		if err != nil {
			return nil, err
		}
		k.code = code
		i.byType[k.typ], i.byName[k.name] = k, k
	}
	if len(i.byType) == 0 {
		return nil, &TypeError{t, path, fmt.Sprintf("no concrete type is registered that %v may hold", t)}
	}
	return i, nil
}

func (i *iface) least() int { return 1 }

func (i *iface) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	v := reflect.NewAt(i.typ, p).Elem().Elem()
	if !v.IsValid() {
		return append(dst, 0), nil
	}
	if at.depth == maxDepth {
		return nil, tooDeep(0)
	}
	k, ok := i.byType[v.Type()]
	if !ok {
		return nil, &fault{reason: fmt.Sprintf("concrete type %v is not registered", v.Type()), typ: v.Type()}
	}
	if f := at.room(dst, len(k.name)); f != nil {
		return nil, f
	}
	box := reflect.New(k.typ)
	box.Elem().Set(v)
	dst = append(binary.AppendUvarint(dst, uint64(len(k.name))), k.name...)
	dst, f := k.code.encode(dst, box.UnsafePointer(), at.inside())
	if f != nil {
		return nil, f.within(fmt.Sprintf(".(%v)", k.typ))
	}
	return dst, nil
}

func (i *iface) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	start := src
	name, src, f := readBytes(src)
	if f != nil || len(name) == 0 {
		return src, f
	}
	if at.depth == maxDepth {
		return nil, tooDeep(len(start))
	}
	k, ok := i.byName[string(name)]
	if !ok {
		return nil, &fault{reason: fmt.Sprintf("concrete type %.80q is not registered", name), left: len(start)}
	}
	if least := k.code.least(); len(src)-at.owed < least {
		return nil, short(src, least+at.owed)
	}
	box := reflect.New(k.typ)
	if src, f = k.code.decode(src, box.UnsafePointer(), at.inside()); f != nil {
		return nil, f.within(fmt.Sprintf(".(%v)", k.typ))
	}
	reflect.NewAt(i.typ, p).Elem().Set(box.Elem())
	return src, nil
}
