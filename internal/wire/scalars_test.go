package wire

import (
	"encoding/binary"
	"math"
	"strconv"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
)

// On a machine with narrow ints, wide ones are an error.
func TestNarrow(t *testing.T) {
	for _, v := range []int64{0, -1, math.MinInt32, math.MaxInt32, math.MinInt32 - 1, math.MaxInt32 + 1, math.MaxInt64} {
		b := binary.LittleEndian.AppendUint64(nil, uint64(v))
		var signed int32
		rest, f := narrow{signed: true}.decode(b, unsafe.Pointer(&signed), spot{})
		if fits := int64(int32(v)) == v; fits {
			assert.Nil(t, f, "int %d", v)
			assert.Equal(t, v, int64(signed))
			assert.Empty(t, rest, "int %d", v)
		} else {
			assert.NotNil(t, f, "int %d", v)
		}
		var unsigned uint32
		_, f = narrow{}.decode(b, unsafe.Pointer(&unsigned), spot{})
		if fits := uint64(uint32(v)) == uint64(v); fits {
			assert.Nil(t, f, "uint %d", uint64(v))
			assert.Equal(t, uint64(v), uint64(unsigned))
		} else {
			assert.NotNil(t, f, "uint %d", uint64(v))
		}
		if int64(signed) == v {
			back, _ := (narrow{signed: true}).encode(nil, unsafe.Pointer(&signed), spot{})
			assert.Equal(t, b, back, "int %d", v)
		}
		if uint64(unsigned) == uint64(v) {
			back, _ := (narrow{}).encode(nil, unsafe.Pointer(&unsigned), spot{})
			assert.Equal(t, b, back, "uint %d", uint64(v))
		}
	}
	ints, _ := of[int](t)
	v, err := ints.Decode([]byte{0, 0, 0, 0, 1, 0, 0, 0})
	assert.Equal(t, strconv.IntSize == 32, err != nil, "1<<32 is %v", v)
}
