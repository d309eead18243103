package wire

import (
	"reflect"
	"unsafe"
)

// A pointer is the coder of a pointer type.
type pointer struct {
	typ  reflect.Type // what it points at
	elem coder
}

func (c *compiler) pointer(t reflect.Type, path string) (coder, error) {
	p := &pointer{typ: t.Elem()}
	c.coders[t] = p
	elem, err := c.compile(t.Elem(), path)
	if err != nil {
		return nil, err
	}
	p.elem = elem
	return p, nil
}

func (c *pointer) least() int { return 1 }

func (c *pointer) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	to := *(*unsafe.Pointer)(p)
	dst = appendFlag(dst, to != nil)
	if to == nil {
		return dst, nil
	}
	if at.depth == maxDepth {
		return nil, tooDeep(0)
	}
	if f := at.room(dst, 0); f != nil {
		return nil, f
	}
	return c.elem.encode(dst, to, at.inside())
}

func (c *pointer) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	set, src, f := readFlag(src)
	if f != nil || !set {
		return src, f
	}
	if at.depth == maxDepth {
		return nil, tooDeep(len(src))
	}
	if least := c.elem.least(); len(src)-at.owed < least {
		return nil, short(src, least+at.owed)
	}
	to := reflect.New(c.typ).UnsafePointer()
	*(*unsafe.Pointer)(p) = to
	return c.elem.decode(src, to, at.inside())
}
