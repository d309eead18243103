package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"testing"
	"unsafe"
)

// On a machine with narrow ints, wide ones are an error.
func TestNarrow(t *testing.T) {
	for _, v := range []int64{0, -1, math.MinInt32, math.MaxInt32, math.MinInt32 - 1, math.MaxInt32 + 1, math.MaxInt64} {
		b := binary.LittleEndian.AppendUint64(nil, uint64(v))
		var signed int32
		rest, f := narrow{signed: true}.decode(b, unsafe.Pointer(&signed), spot{})
		if fits := int64(int32(v)) == v; fits != (f == nil) || fits && (int64(signed) != v || len(rest) != 0) {
			t.Errorf("int %d: got %d and %v", v, signed, f)
		}
		var unsigned uint32
		_, f = narrow{}.decode(b, unsafe.Pointer(&unsigned), spot{})
		if fits := uint64(uint32(v)) == uint64(v); fits != (f == nil) || fits && uint64(unsigned) != uint64(v) {
			t.Errorf("uint %d: got %d and %v", uint64(v), unsigned, f)
		}
		if back, _ := (narrow{signed: true}).encode(nil, unsafe.Pointer(&signed), spot{}); int64(signed) == v && !bytes.Equal(back, b) {
			t.Errorf("int %d: encoded as %x, want %x", v, back, b)
		}
		if back, _ := (narrow{}).encode(nil, unsafe.Pointer(&unsigned), spot{}); uint64(unsigned) == uint64(v) && !bytes.Equal(back, b) {
			t.Errorf("uint %d: encoded as %x, want %x", uint64(v), back, b)
		}
	}
	ints, _ := of[int](t)
	v, err := ints.Decode([]byte{0, 0, 0, 0, 1, 0, 0, 0})
	if narrow := strconv.IntSize == 32; narrow != (err != nil) {
		t.Errorf("got %v and %v for 1<<32", v, err)
	}
}
