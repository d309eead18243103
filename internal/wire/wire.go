// Package wire turns Go values into bytes and back, for calls that leave the
// process. A codec is compiled once per type by reflection and then walks
// memory; there is no stream, no negotiation and no state between two values.
//
// # What travels
//
// Booleans, numbers, strings, arrays, slices, maps, pointers, structs and
// interfaces, nested and recursive as they like. What [encoding/gob] loses is
// kept. A nil slice or map stays nil and an empty one empty. A pointer to a zero
// value stays a pointer. A NaN keeps its bits. A struct without fields is a value
// like any other.
//
// Types with MarshalBinary and UnmarshalBinary, GobEncode and GobDecode, or
// MarshalText and UnmarshalText, looked for in this order on the type and on
// its pointer, travel by these methods. A pair that an embedded field has as
// well is not used, since a promoted method speaks for one part of the struct:
// such a struct travels field by field.
//
// Nothing is dropped silently. [Of] refuses channels, functions,
// unsafe.Pointers, and structs with an unexported field of any size above zero,
// unless the type has the methods above. The fields of an embedded struct
// travel also when the struct's type is unexported.
//
// An interface value travels if its concrete type was given to Of as an
// example. Without that, an interface without methods holds the basic types of
// the language, []byte, []any and map[string]any.
//
// Values of types that are registered ([Register]) travel, through a codec of [OfFiles],
// as an open file beside the bytes, in a list that the caller of the codec carries. The
// bytes have their number in it.
//
// Sharing does not travel: one pointer or slice met twice arrives as two values,
// at twice the cost. [Codec.AppendOn] bounds that cost. A cycle is an error, found when values nest deeper than
// 10,000 pointers, slices, maps and interfaces; so is a list longer than that.
//
// # Format
//
// The format is the same on every architecture. It does not describe itself:
// both sides must have compiled the same types.
//
//	bool                   1 byte, 0 or 1
//	int8 … uint64          1 to 8 bytes, little-endian
//	int, uint, uintptr     8 bytes, little-endian; checked where they are 4 wide
//	float32 … complex128   their IEEE 754 bits, little-endian; real part first
//	string                 length in bytes, then the bytes
//	array                  its elements
//	slice                  0 if nil, else length + 1; then the elements
//	map                    0 if nil, else length + 1; then keys and values in
//	                       turn, in no particular order
//	pointer                0 if nil, else 1 and what it points at
//	struct                 its fields in order
//	interface              an empty string if nil, else the name of the concrete
//	                       type, with its import path, as a string; then the value
//	methods                length of their output, then the output
//	file                   0 if nil, else its number in the list + 1, then the
//	                       length of what else there is to say, then that
//
// Lengths are unsigned varints (as in [encoding/binary]). A type of size zero
// takes no bytes. On little-endian machines, memory that already has the wire's
// form, such as a []float64 or an array of structs of numbers without padding,
// is copied in one move.
//
// # Hostile input
//
// Decode may be given any bytes. A length is checked against the bytes that are
// left before anything is allocated for it, less what the values behind it need.
// So memory grows with the input by a
// factor that depends on the types alone: the size of a value divided by the
// fewest bytes it can take. That is 24 for a nil slice. For small maps, whose
// first eight entries are allocated together, it is some hundreds. Two equal keys
// in a map, a bool other than 0 or 1, and bytes left over are errors.
package wire

import (
	"os"
	"reflect"
	"sync"
	"unsafe"
)

// A Codec encodes and decodes values of type T. Any number of goroutines may
// use one at the same time.
type Codec[T any] struct {
	name  string
	root  coder
	elems sequence // Ts side by side
	files bool     // it may hold what travels beside the bytes
	hash  uint64   // of its form

	// boxes holds *T for Append. Coders are called through an interface, which
	// makes whatever they are shown escape; in a used box that costs nothing.
	boxes sync.Pool
}

// Of compiles the codec of T, which costs microseconds: keep it. Each of types
// is an example (its value does not matter) of a concrete type that the
// interfaces inside T may hold; one that none of them can hold is ignored.
//
// The error is a *TypeError that names the field which cannot travel.
func Of[T any](types ...any) (*Codec[T], error) {
	return compile[T](newCompiler(false), types)
}

// OfFiles is Of for a T that may hold values of the types that are registered, which
// travel as open files beside the bytes.
func OfFiles[T any](types ...any) (*Codec[T], error) {
	c := newCompiler(false)
	c.besides = true
	return compile[T](c, types)
}

func compile[T any](c *compiler, types []any) (*Codec[T], error) {
	t := reflect.TypeFor[T]()
	if err := c.register(types); err != nil {
		return nil, err
	}
	root, err := c.compile(t, t.String())
	if err != nil {
		return nil, err
	}
	return &Codec[T]{name: t.String(), root: root, elems: sequence{root, t.Size()}, files: c.files, hash: c.hashOf(t)}, nil
}

// Append appends the encoding of v to dst and returns the extended slice. It
// allocates only if dst is too small or v holds maps, interfaces or values
// with methods of their own.
//
// The error is an *EncodeError: v nests too deep, holds a concrete type that is
// not registered, or one of its methods failed. Then the returned slice is dst,
// with undefined bytes between its length and its capacity.
func (c *Codec[T]) Append(dst []byte, v T) ([]byte, error) { return c.AppendOn(dst, v, Terms{}) }

// AppendOn is Append on terms, which are kept to while v is encoded: a value that refers
// to one large part many times costs no more than the limit. The error is also a
// *TooLargeError without Func and What, or the cause of terms.Ctx. What was added to
// terms.Files before an error stays there.
func (c *Codec[T]) AppendOn(dst []byte, v T, terms Terms) ([]byte, error) {
	if n, ok := c.root.(fixed); ok {
		if terms.Limit > 0 && int(n) > terms.Limit {
			return dst, &TooLargeError{Size: int(n), Limit: terms.Limit}
		}
		out, _ := n.encode(dst, unsafe.Pointer(&v), spot{})
		return out, nil
	}
	box, ok := c.boxes.Get().(*T)
	if !ok {
		box = new(T)
	}
	*box = v
	w := terms.encoding(len(dst))
	out, f := c.root.encode(dst, unsafe.Pointer(box), spot{work: w})
	if f == nil {
		f = w.room(out, 0)
	}
	*box = *new(T) // the pool must not keep alive what v refers to
	c.boxes.Put(box)
	w.free()
	if f != nil {
		return dst, f.encodeError(c.name, &terms, len(dst))
	}
	return out, nil
}

// Decode returns the value encoded in src. It neither changes nor keeps src,
// and must use all of it.
//
// The error is a *DecodeError.
func (c *Codec[T]) Decode(src []byte) (T, error) { return c.DecodeFiles(src, nil) }

// DecodeFiles is Decode that takes what traveled beside the bytes from files, where
// it leaves nil in its place. What it took before an error is in a value that is lost.
func (c *Codec[T]) DecodeFiles(src []byte, files *[]*os.File) (T, error) {
	if n, ok := c.root.(fixed); ok && len(src) == int(n) {
		var v T
		n.decode(src, unsafe.Pointer(&v), spot{})
		return v, nil
	}
	v := new(T)
	w := decoding(files)
	rest, f := c.root.decode(src, unsafe.Pointer(v), spot{work: w})
	w.free()
	if f == nil {
		f = checkEnd(rest)
	}
	if f != nil {
		return *new(T), f.decodeError(c.name, len(src))
	}
	return *v, nil
}

// DecodeOwn is DecodeFiles of a src that is the caller's to give away: a slice of bytes is
// the part of src where they are, and not a copy.
func (c *Codec[T]) DecodeOwn(src []byte, files *[]*os.File) (T, error) {
	s, ok := c.root.(*slice)
	if !ok || s.elem != fixed(1) {
		return c.DecodeFiles(src, files)
	}
	n, rest, f := readLength(src, 1, 0)
	if f != nil || n <= 0 || n < len(rest) {
		return c.DecodeFiles(src, files) // which says what is wrong
	}
	v := new(T)
	*(*[]byte)(unsafe.Pointer(v)) = rest[:n:n]
	return *v, nil
}

// AppendSlice is Append for a []T, which need not be compiled by itself; the
// bytes are those of a Codec[[]T].
func (c *Codec[T]) AppendSlice(dst []byte, v []T) ([]byte, error) {
	return c.AppendSliceOn(dst, v, Terms{})
}

// AppendSliceOn is AppendSlice as AppendOn is Append.
func (c *Codec[T]) AppendSliceOn(dst []byte, v []T, terms Terms) ([]byte, error) {
	w := terms.encoding(len(dst))
	out := appendLength(dst, v == nil, len(v))
	out, f := c.elems.encode(out, unsafe.Pointer(unsafe.SliceData(v)), len(v), spot{1, w})
	if f == nil {
		f = w.room(out, 0)
	}
	w.free()
	if f != nil {
		return dst, f.encodeError("[]"+c.name, &terms, len(dst))
	}
	return out, nil
}

// DecodeSlice is Decode for what AppendSlice wrote. Where values are plain it uses the
// memory of dst, whatever is in it, if there is enough. Values of size zero take no
// bytes, so that a short src can hold any number of those.
func (c *Codec[T]) DecodeSlice(dst []T, src []byte) ([]T, error) {
	return c.DecodeSliceFiles(dst, src, nil)
}

// DecodeSliceFiles is DecodeSlice as DecodeFiles is Decode.
func (c *Codec[T]) DecodeSliceFiles(dst []T, src []byte, files *[]*os.File) ([]T, error) {
	n, rest, f := readLength(src, c.root.least(), 0)
	var v []T
	if f == nil && n >= 0 {
		if v = dst[:0]; v == nil || n > cap(v) || !c.Plain() {
			v = make([]T, n)
		}
		v = v[:n]
		w := decoding(files)
		rest, f = c.elems.decode(rest, unsafe.Pointer(unsafe.SliceData(v)), n, spot{1, w})
		w.free()
	}
	if f == nil {
		f = checkEnd(rest)
	}
	if f != nil {
		return nil, f.decodeError("[]"+c.name, len(src))
	}
	return v, nil
}

// Plain reports whether the memory of a T is its wire form: it holds no pointers, and
// no method of T is called to encode or decode it.
func (c *Codec[T]) Plain() bool {
	_, ok := c.root.(fixed)
	return ok
}
