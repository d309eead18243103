package shm

import (
	"encoding"
	"fmt"
	"hash/fnv"
	"reflect"
)

// The kinds of objects.
const (
	kindLock uint32 = iota + 1
	kindValue
	kindNumber
	kindArray
	kindEvent
	kindRLock
	kindRWLock
	kindCondition
	kindSemaphore
	kindBoundedSemaphore
	kindBarrier
	kindQueue
)

// shapeOf returns a hash of the layout of T: what its bytes mean, in every program. It
// panics if a T holds what means nothing in another process.
func shapeOf[T any](constructor string) uint64 {
	t := reflect.TypeFor[T]()
	h := fnv.New64a()
	var describe func(t reflect.Type, path string)
	describe = func(t reflect.Type, path string) {
		switch k := t.Kind(); k {
		case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
			reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
			fmt.Fprintf(h, "%v;", k)
		case reflect.Array:
			fmt.Fprintf(h, "%d×", t.Len())
			describe(t.Elem(), path+"[]")
		case reflect.Struct:
			fmt.Fprintf(h, "{%d:", t.Size())
			for f := range t.Fields() {
				fmt.Fprintf(h, "%s@%d ", f.Name, f.Offset)
				describe(f.Type, path+"."+f.Name)
			}
			fmt.Fprint(h, "}")
		default:
			panic(fmt.Sprintf("shm: %s: %s is a %v, which means nothing in another process", constructor, path, t))
		}
	}
	describe(t, t.String())
	return h.Sum64()
}

// fixed reports whether a value of type t is encoded in no more bytes than it has.
func fixed(t reflect.Type) bool {
	for _, codec := range codecs {
		if t.Implements(codec) || reflect.PointerTo(t).Implements(codec) {
			return false
		}
	}
	switch k := t.Kind(); k {
	case reflect.Array:
		return fixed(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if !fixed(f.Type) {
				return false
			}
		}
		return true
	default:
		return k >= reflect.Bool && k <= reflect.Complex128
	}
}

// codecs are the interfaces of types that encode themselves.
var codecs = []reflect.Type{
	reflect.TypeFor[encoding.BinaryMarshaler](),
	reflect.TypeFor[encoding.TextMarshaler](),
	reflect.TypeFor[interface{ GobEncode() ([]byte, error) }](),
}
