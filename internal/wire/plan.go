package wire

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"unsafe"
)

// maxDepth is how many pointers, slices, maps and interfaces may lie inside
// each other. It keeps the stack of a walk at a few megabytes.
const maxDepth = 10_000

// A spot is how deep in a value a coder is, and in which work.
type spot struct {
	depth int
	*work
}

// inside returns the spot one level deeper.
func (s spot) inside() spot {
	s.depth++
	return s
}

// A coder encodes and decodes values of one type. Values are at p, on the heap,
// where the coder may read or write the size of its type.
type coder interface {
	// encode appends the value at p to dst.
	encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault)

	// decode reads a value from the front of src into p, which holds the zero
	// value, and returns the bytes after it. It does not keep src.
	decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault)

	// least returns the fewest bytes that a value takes. It is 0 only for types
	// of size zero.
	least() int
}

// A compiler finds the coders for a type and all it is made of.
type compiler struct {
	direct    bool // whether memory may be copied where it has the wire's form
	coders    map[reflect.Type]coder
	concretes []*concrete
	besides   bool // values may travel beside the bytes
	files     bool // a type that does was met
}

// newCompiler returns a compiler that knows the basic types. A portable one
// never copies memory but encodes number by number, as big-endian machines do.
func newCompiler(portable bool) *compiler {
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	c := &compiler{direct: little && !portable, coders: map[reflect.Type]coder{}}
	for _, t := range basics {
		c.concretes = append(c.concretes, &concrete{typ: t, name: typeName(t)})
	}
	return c
}

// compile returns the coder of t. The path is where t was met.
func (c *compiler) compile(t reflect.Type, path string) (coder, error) {
	if known, ok := c.coders[t]; ok {
		return known, nil
	}
	code, err := c.choose(t, path)
	if err != nil {
		return nil, err
	}
	c.coders[t] = code
	return code, nil
}

// choose makes a new coder for t.
//
// A type can only contain itself behind a pointer, slice, map or interface. The
// coders of these enter c.coders before they compile what is behind them, so
// that the search ends; structs and arrays do not, because whoever holds one by
// value asks for its size on the wire at once. Some are therefore compiled
// twice, which is harmless.
func (c *compiler) choose(t reflect.Type, path string) (coder, error) {
	if t.Size() == 0 {
		return fixed(0), nil
	}
	if b := c.besideOf(t); b != nil {
		c.files = true
		return b, nil
	}
	if m := methodsOf(t); m != nil {
		return &marshaler{typ: t, methods: m}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolean{}, nil
	case reflect.String:
		return text{}, nil
	case reflect.Array:
		return c.array(t, path)
	case reflect.Slice:
		return c.slice(t, path)
	case reflect.Map:
		return c.mapping(t, path)
	case reflect.Pointer:
		return c.pointer(t, path)
	case reflect.Struct:
		return c.structure(t, path)
	case reflect.Interface:
		return c.iface(t, path)
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return nil, &TypeError{t, path, fmt.Sprintf("%v cannot travel", t)}
	default:
		return c.number(t), nil
	}
}

// number returns the coder of an integer, floating-point or complex type.
func (c *compiler) number(t reflect.Type) coder {
	switch t.Kind() {
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		if strconv.IntSize == 32 {
			return narrow{signed: t.Kind() == reflect.Int}
		}
	case reflect.Complex64:
		if !c.direct {
			return &array{sequence{bits32{}, 4}, 2}
		}
	case reflect.Complex128:
		if !c.direct {
			return &array{sequence{bits64{}, 8}, 2}
		}
	}
	if c.direct || t.Size() == 1 {
		return fixed(t.Size())
	}
	switch t.Size() {
	case 2:
		return bits16{}
	case 4:
		return bits32{}
	default:
		return bits64{}
	}
}
