package par

import (
	"cmp"
	"context"
	"math/bits"
	"reflect"
	"slices"
	"unsafe"
)

// A word is a key that is sorted by its bits.
type word interface {
	uint8 | uint16 | uint32 | uint64
}

// sortWords sorts s, whose elements are numbers, as words of the same size.
func sortWords[E cmp.Ordered](ctx context.Context, s []E, p Options) error {
	switch t := reflect.TypeFor[E](); t.Size() {
	case 1:
		return sortCoded(ctx, sameAs[uint8](s), codingOf[uint8](t.Kind()), p)
	case 2:
		return sortCoded(ctx, sameAs[uint16](s), codingOf[uint16](t.Kind()), p)
	case 4:
		return sortCoded(ctx, sameAs[uint32](s), codingOf[uint32](t.Kind()), p)
	default:
		return sortCoded(ctx, sameAs[uint64](s), codingOf[uint64](t.Kind()), p)
	}
}

// sameAs returns s as a slice of T, which must be laid out as E is.
func sameAs[T, E any](s []E) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// sortCoded encodes s, sorts the codes and decodes s.
func sortCoded[K word](ctx context.Context, s []K, c coding[K], p Options) error {
	if c.sign != 0 {
		everywhere(s, p, c.encode)
		defer everywhere(s, p, c.decode)
	}
	m := mergeSort[K]{
		leaf:  radixSort[K],
		merge: mergeWords[K],
		less:  cmp.Less[K],
		least: 1 << 14,
		most:  1 << 20,
	}
	return m.sort(ctx, s, p)
}

// A coding maps numbers one to one to words in the same order, and back.
type coding[K word] struct {
	sign  K    // the sign bit, 0 for unsigned integers
	float bool // a number, not a two's complement integer
	nans  K    // how many NaNs without a sign there are: they come before all others
}

func codingOf[K word](kind reflect.Kind) coding[K] {
	sign := ^(^K(0) >> 1)
	switch kind {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return coding[K]{sign: sign}
	case reflect.Float32, reflect.Float64:
		mantissa := 52
		if kind == reflect.Float32 {
			mantissa = 23
		}
		return coding[K]{sign: sign, float: true, nans: K(1)<<mantissa - 1}
	default:
		return coding[K]{}
	}
}

// encode replaces numbers by their codes.
//
// The bits of floating-point numbers grow with the number where it is positive
// and against it where it is negative, so that these have all bits inverted and
// the others the sign. That leaves the NaNs at both ends; adding as many as there
// are at the upper one makes these overflow to the lower.
func (c coding[K]) encode(s []K) {
	sign, nans := c.sign, c.nans
	if !c.float {
		for i := range s {
			s[i] ^= sign
		}
		return
	}
	last := 8*unsafe.Sizeof(sign) - 1
	for i, x := range s {
		s[i] = (x ^ (sign | -(x >> last))) + nans
	}
}

// decode replaces codes by their numbers.
func (c coding[K]) decode(s []K) {
	sign, nans := c.sign, c.nans
	if !c.float {
		c.encode(s)
		return
	}
	last := 8*unsafe.Sizeof(sign) - 1
	for i, x := range s {
		x -= nans
		s[i] = x ^ (sign | (x>>last - 1))
	}
}

// fewWords is how many words a comparing sort has done with before radixSort
// has cleared its counters. The recursion ends there.
const fewWords = 256

// radixSort sorts s; spare is as long.
//
// It distributes s by one byte after the other, from the lowest to the highest,
// but only by as many bytes as are likely to tell the elements apart, below the
// highest bit in which they differ: three of the eight for a hundred thousand
// random words. What these bytes did not tell apart now stands together and is
// sorted for itself.
func radixSort[K word](s, spare []K) {
	if len(s) < fewWords {
		slices.Sort(s)
		return
	}
	if slices.IsSorted(s) {
		return
	}
	if spare == nil {
		spare = make([]K, len(s))
	}
	or, and := K(0), ^K(0)
	for _, x := range s {
		or |= x
		and &= x
	}
	const safely = 3 // so many bits more than the elements could do with
	top := bits.Len64(uint64(or &^ and))
	passes := min((top+7)/8, (bits.Len(uint(len(s)))+safely+7)/8)
	low := max(0, top-8*passes)

	src, dst := s, spare
	for at := low; at < top; at += 8 {
		var next [256]uint32 // where the next word with a byte goes
		for _, x := range src {
			next[byte(x>>(at&63))]++
		}
		if next[byte(src[0]>>(at&63))] == uint32(len(src)) {
			continue
		}
		sum := uint32(0)
		for b, n := range next {
			next[b] = sum
			sum += n
		}
		for _, x := range src {
			b := byte(x >> (at & 63))
			dst[next[b]] = x
			next[b]++
		}
		src, dst = dst, src
	}
	if &src[0] != &s[0] {
		copy(s, src)
	}
	if low == 0 {
		return
	}
	for i := 0; i < len(s); {
		j := i + 1
		for j < len(s) && s[j]>>(low&63) == s[i]>>(low&63) {
			j++
		}
		if j-i > 1 {
			radixSort(s[i:j], spare[i:j])
		}
		i = j
	}
}
