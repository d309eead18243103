package wire

import (
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
)

// Hash returns a hash of the form that a T has in bytes: two programs whose codecs
// have equal hashes understand each other. It covers the kinds of values, the names
// and the order of the fields of structs, and the names of types that encode
// themselves. The names of other types, and what interfaces may hold, do not count.
// It is FNV-1a of 64 bits, the same on every architecture.
func (c *Codec[T]) Hash() uint64 { return c.hash }

// hashOf returns the hash of t.
func (c *compiler) hashOf(t reflect.Type) uint64 {
	h := fnv.New64a()
	c.describe(h, t, map[reflect.Type]int{})
	return h.Sum64()
}

// describe writes the form of t. around holds the types that t lies in, by depth: a
// type that contains itself is described by the depth at which it began.
func (c *compiler) describe(w io.Writer, t reflect.Type, around map[reflect.Type]int) {
	if depth, ok := around[t]; ok {
		fmt.Fprintf(w, "#%d;", depth)
		return
	}
	around[t] = len(around)
	defer delete(around, t)
	switch {
	case c.besideOf(t) != nil:
		fmt.Fprintf(w, "file %v;", t)
		return
	case t.Size() == 0:
		io.WriteString(w, "nothing;")
		return
	}
	if m := methodsOf(t); m != nil {
		fmt.Fprintf(w, "%s %s;", m.marshalName, typeName(t))
		return
	}
	io.WriteString(w, t.Kind().String())
	switch t.Kind() {
	case reflect.Array:
		fmt.Fprintf(w, " %d ", t.Len())
		c.describe(w, t.Elem(), around)
	case reflect.Slice, reflect.Pointer:
		c.describe(w, t.Elem(), around)
	case reflect.Map:
		c.describe(w, t.Key(), around)
		c.describe(w, t.Elem(), around)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Type.Size() > 0 {
				fmt.Fprintf(w, " %s ", f.Name)
				c.describe(w, f.Type, around)
			}
		}
	}
	io.WriteString(w, ";")
}
