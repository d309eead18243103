package wire

import "unsafe"

// fixed is the coder of types whose memory is their wire form: numbers on a
// little-endian machine, and arrays and structs of those without padding. Its
// value is their size.
//
// Such memory holds no pointers, so that copying bytes over it goes behind
// nobody's back: the garbage collector has nothing to see in it. It holds no
// bool either, since memory with a bool that is neither 0 nor 1 is not a value.
type fixed int

func (n fixed) encode(dst []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	return append(dst, unsafe.Slice((*byte)(p), int(n))...), nil
}

func (n fixed) decode(src []byte, p unsafe.Pointer, _ spot) ([]byte, *fault) {
	if len(src) < int(n) {
		return nil, short(src, int(n))
	}
	copy(unsafe.Slice((*byte)(p), int(n)), src)
	return src[n:], nil
}

func (n fixed) least() int { return int(n) }
