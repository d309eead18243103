package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"unsafe"

	"github.com/fanfold/fanfold/internal/fresh"
)

// A sequence is what arrays and slices have in common: elements of one type
// side by side.
type sequence struct {
	elem coder
	size uintptr // from one element to the next
}

// encode appends the n elements at p.
func (s *sequence) encode(dst []byte, p unsafe.Pointer, n int, at spot) ([]byte, *fault) {
	f := at.room(dst, n*s.elem.least())
	if f != nil {
		return nil, f
	}
	if size, ok := s.elem.(fixed); ok {
		return (size * fixed(n)).encode(dst, p, at)
	}
	for i := range n {
		if i%lookAfter == lookAfter-1 {
			at.steps = 0
			if f = at.room(dst, 0); f != nil {
				return nil, f
			}
		}
		dst, f = s.elem.encode(dst, unsafe.Add(p, uintptr(i)*s.size), at)
		if f != nil {
			return nil, f.within(index(i))
		}
	}
	return dst, nil
}

// decode reads n elements into p.
func (s *sequence) decode(src []byte, p unsafe.Pointer, n int, at spot) ([]byte, *fault) {
	if size, ok := s.elem.(fixed); ok {
		return (size * fixed(n)).decode(src, p, at)
	}
	least := s.elem.least()
	at.owed += n * least
	for i := range n {
		var f *fault
		at.owed -= least
		src, f = s.elem.decode(src, unsafe.Add(p, uintptr(i)*s.size), at)
		if f != nil {
			return nil, f.within(index(i))
		}
	}
	return src, nil
}

func index(i int) string { return "[" + strconv.Itoa(i) + "]" }

// An array is the coder of an array type that is not fixed.
type array struct {
	sequence
	n int
}

func (c *compiler) array(t reflect.Type, path string) (coder, error) {
	elem, err := c.compile(t.Elem(), path+"[]")
	if err != nil {
		return nil, err
	}
	if _, ok := elem.(fixed); ok {
		return fixed(t.Size()), nil
	}
	return &array{sequence{elem, t.Elem().Size()}, t.Len()}, nil
}

func (a *array) least() int { return a.n * a.elem.least() }

func (a *array) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	return a.sequence.encode(dst, p, a.n, at)
}

func (a *array) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	return a.sequence.decode(src, p, a.n, at)
}

// A slice is the coder of a slice type.
type slice struct {
	sequence
	typ reflect.Type
}

func (c *compiler) slice(t reflect.Type, path string) (coder, error) {
	s := &slice{typ: t}
	c.coders[t] = s
	elem, err := c.compile(t.Elem(), path+"[]")
	if err != nil {
		return nil, err
	}
	s.sequence = sequence{elem, t.Elem().Size()}
	return s, nil
}

func (s *slice) least() int { return 1 }

func (s *slice) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if at.depth == maxDepth {
		return nil, tooDeep(0)
	}
	// Every slice has the header of a []byte; its elements are not touched here.
	v := *(*[]byte)(p)
	dst = appendLength(dst, v == nil, len(v))
	return s.sequence.encode(dst, unsafe.Pointer(unsafe.SliceData(v)), len(v), at.inside())
}

func (s *slice) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if at.depth == maxDepth {
		return nil, tooDeep(len(src))
	}
	n, src, f := readLength(src, s.elem.least(), at.owed)
	if f != nil || n < 0 {
		return src, f
	}
	if n == 0 {
		*(*[]byte)(p) = []byte{} // empty, not nil, which it is for every element type
		return src, nil
	}
	if size, ok := s.elem.(fixed); ok && size > 0 {
		// A clone is not cleared before it is written. It has no pointers, and is aligned
		// for each type of its size. Its length is counted in elements.
		b := fresh.Clone(src[:n*int(size)])
		*(*[]byte)(p) = b[:n:n]
		return src[n*int(size):], nil
	}
	v := reflect.NewAt(s.typ, p).Elem()
	v.Grow(n)
	v.SetLen(n)
	return s.sequence.decode(src, v.UnsafePointer(), n, at.inside())
}

// appendLength appends the head of a slice or map of n elements.
func appendLength(dst []byte, isNil bool, n int) []byte {
	if isNil {
		return append(dst, 0)
	}
	return binary.AppendUvarint(dst, uint64(n)+1)
}

// readLength reads the head of a slice or map whose elements take at least
// least bytes each, and checks that so many can follow, before the bytes that are owed
// to what comes after them. It returns -1 for nil.
func readLength(src []byte, least, owed int) (n int, rest []byte, f *fault) {
	head, size := binary.Uvarint(src)
	if size <= 0 {
		return 0, nil, badLength(src)
	}
	rest = src[size:]
	if head == 0 {
		return -1, rest, nil
	}
	length := head - 1
	if length > math.MaxInt {
		return 0, nil, &fault{reason: fmt.Sprintf("length %d exceeds the limit of %d", length, math.MaxInt), left: len(src)}
	}
	if left := max(len(rest)-owed, 0); least > 0 && length > uint64(left/least) {
		return 0, nil, tooLong(src, length, left)
	}
	return int(length), rest, nil
}
