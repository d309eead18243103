package wire

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/fanfold/fanfold/internal/panics"
)

// The interfaces of encoding/gob, which types implement without importing it.
type (
	gobEncoder interface{ GobEncode() ([]byte, error) }
	gobDecoder interface{ GobDecode([]byte) error }
)

// methods is a pair of methods by which a type encodes itself.
type methods struct {
	marshaler, unmarshaler reflect.Type // the interfaces

	marshalName, unmarshalName string
	marshal                    func(v any) ([]byte, error)
	unmarshal                  func(v any, data []byte) error
}

// pairs are the methods looked for, in this order.
var pairs = []*methods{
	{
		reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler](),
		"MarshalBinary", "UnmarshalBinary",
		func(v any) ([]byte, error) { return v.(encoding.BinaryMarshaler).MarshalBinary() },
		func(v any, data []byte) error { return v.(encoding.BinaryUnmarshaler).UnmarshalBinary(data) },
	},
	{
		reflect.TypeFor[gobEncoder](), reflect.TypeFor[gobDecoder](),
		"GobEncode", "GobDecode",
		func(v any) ([]byte, error) { return v.(gobEncoder).GobEncode() },
		// The other two must copy what they keep; gob never asked for that.
		func(v any, data []byte) error { return v.(gobDecoder).GobDecode(bytes.Clone(data)) },
	},
	{
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
		"MarshalText", "UnmarshalText",
		func(v any) ([]byte, error) { return v.(encoding.TextMarshaler).MarshalText() },
		func(v any, data []byte) error { return v.(encoding.TextUnmarshaler).UnmarshalText(data) },
	},
}

// methodsOf returns the methods by which t encodes itself, or nil.
func methodsOf(t reflect.Type) *methods {
	p := reflect.PointerTo(t) // of an interface, it has none: the concrete type decides
	for _, m := range pairs {
		if p.Implements(m.marshaler) && p.Implements(m.unmarshaler) && !m.embedded(t) {
			return m
		}
	}
	return nil
}

// embedded reports whether t is a struct and one of its embedded fields has one
// of the methods. Then that of t may be a promoted one, which knows nothing of
// the other fields: reflection cannot tell.
func (m *methods) embedded(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for f := range t.Fields() {
		if !f.Anonymous {
			continue
		}
		p := f.Type
		if p.Kind() != reflect.Pointer && p.Kind() != reflect.Interface {
			p = reflect.PointerTo(p)
		}
		if p.Implements(m.marshaler) || p.Implements(m.unmarshaler) {
			return true
		}
	}
	return false
}

// A marshaler is the coder of a type with methods of its own.
type marshaler struct {
	typ     reflect.Type
	methods *methods
}

func (m *marshaler) least() int { return 1 }

func (m *marshaler) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	v := reflect.NewAt(m.typ, p).Interface()
	var data []byte
	f := call(m.methods.marshalName, func() (err error) {
		data, err = m.methods.marshal(v)
		return err
	})
	if f == nil {
		f = at.room(dst, len(data))
	}
	if f != nil {
		return nil, f
	}
	return append(binary.AppendUvarint(dst, uint64(len(data))), data...), nil
}

func (m *marshaler) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	data, rest, f := readBytes(src)
	if f != nil {
		return nil, f
	}
	v := reflect.NewAt(m.typ, p).Interface()
	f = call(m.methods.unmarshalName, func() error { return m.methods.unmarshal(v, data) })
	if f != nil {
		f.left = len(src)
		return nil, f
	}
	return rest, nil
}

// call calls a method that may fail or panic.
func call(name string, method func() error) *fault {
	var err error
	if caught := panics.Try(func() { err = method() }, nil); caught != nil {
		reason := fmt.Sprintf("%s panicked: %v", name, caught.Panic().Value)
		return &fault{reason: reason, err: caught.Err(), caught: caught}
	}
	if err != nil {
		return &fault{reason: fmt.Sprintf("%s: %v", name, err), err: err}
	}
	return nil
}
