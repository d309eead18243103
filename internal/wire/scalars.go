package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// boolean is the coder of bool types.
type boolean struct{}

func (boolean) least() int { return 1 }

func (boolean) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	return appendFlag(dst, *(*bool)(p)), nil
}

func (boolean) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	v, src, f := readFlag(src)
	*(*bool)(p) = v
	return src, f
}

func appendFlag(dst []byte, v bool) []byte {
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func readFlag(src []byte) (bool, []byte, *fault) {
	if len(src) == 0 {
		return false, nil, short(src, 1)
	}
	if src[0] > 1 {
		return false, nil, &fault{reason: fmt.Sprintf("byte %#x where 0 or 1 must stand", src[0]), left: len(src)}
	}
	return src[0] == 1, src[1:], nil
}

// text is the coder of string types.
type text struct{}

func (text) least() int { return 1 }

func (text) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	s := *(*string)(p)
	if f := at.room(dst, len(s)); f != nil {
		return nil, f
	}
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...), nil
}

func (text) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	b, src, f := readBytes(src)
	*(*string)(p) = string(b)
	return src, f
}

// readBytes reads a length and that many bytes, which it does not copy.
func readBytes(src []byte) (b, rest []byte, f *fault) {
	n, size := binary.Uvarint(src)
	if size <= 0 {
		return nil, nil, badLength(src)
	}
	rest = src[size:]
	if n > uint64(len(rest)) {
		return nil, nil, tooLong(src, n, len(rest))
	}
	return rest[:n], rest[n:], nil
}

func badLength(src []byte) *fault {
	return &fault{reason: "bad or missing length", left: len(src)}
}

func tooLong(src []byte, n uint64, left int) *fault {
	return &fault{reason: fmt.Sprintf("length %d, but %d bytes left", n, left), left: len(src)}
}

// bits16, bits32 and bits64 are the coders of integers, floating-point numbers
// and their halves where memory is not in the wire's order.
type (
	bits16 struct{}
	bits32 struct{}
	bits64 struct{}
)

func (bits16) least() int { return 2 }
func (bits32) least() int { return 4 }
func (bits64) least() int { return 8 }

func (bits16) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	return binary.LittleEndian.AppendUint16(dst, *(*uint16)(p)), nil
}

func (bits16) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	if len(src) < 2 {
		return nil, short(src, 2)
	}
	*(*uint16)(p) = binary.LittleEndian.Uint16(src)
	return src[2:], nil
}

func (bits32) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	return binary.LittleEndian.AppendUint32(dst, *(*uint32)(p)), nil
}

func (bits32) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	if len(src) < 4 {
		return nil, short(src, 4)
	}
	*(*uint32)(p) = binary.LittleEndian.Uint32(src)
	return src[4:], nil
}

func (bits64) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	return binary.LittleEndian.AppendUint64(dst, *(*uint64)(p)), nil
}

func (bits64) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	if len(src) < 8 {
		return nil, short(src, 8)
	}
	*(*uint64)(p) = binary.LittleEndian.Uint64(src)
	return src[8:], nil
}

// narrow is the coder of int, uint and uintptr where they are four bytes wide.
type narrow struct{ signed bool }

func (narrow) least() int { return 8 }

func (c narrow) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	v := uint64(*(*uint32)(p))
	if c.signed {
		v = uint64(*(*int32)(p))
	}
	return binary.LittleEndian.AppendUint64(dst, v), nil
}

func (c narrow) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	if len(src) < 8 {
		return nil, short(src, 8)
	}
	v := binary.LittleEndian.Uint64(src)
	switch {
	case c.signed && int64(v) != int64(int32(v)):
		return nil, &fault{reason: fmt.Sprintf("%d does not fit the 32 bits of an int here", int64(v)), left: len(src)}
	case !c.signed && v > math.MaxUint32:
		return nil, &fault{reason: fmt.Sprintf("%d does not fit the 32 bits of a uint here", v), left: len(src)}
	}
	*(*uint32)(p) = uint32(v)
	return src[8:], nil
}
