package wire

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The bytes of the format, which are the same on every architecture and by
// either path.
func TestFormat(t *testing.T) {
	t.Run(testFormat("bool", true, "01"))
	t.Run(testFormat("int", -2, "feffffffffffffff"))
	t.Run(testFormat("uint", uint(258), "0201000000000000"))
	t.Run(testFormat("uintptr", uintptr(1), "0100000000000000"))
	t.Run(testFormat("int8", int8(-1), "ff"))
	t.Run(testFormat("int16", int16(258), "0201"))
	t.Run(testFormat("uint32", uint32(0x1020304), "04030201"))
	t.Run(testFormat("uint64", uint64(0x102030405060708), "0807060504030201"))
	t.Run(testFormat("float32", float32(1), "0000803f"))
	t.Run(testFormat("float64", 1.0, "000000000000f03f"))
	t.Run(testFormat("complex64", complex64(1), "0000803f 00000000"))
	t.Run(testFormat("complex128", 1i, "0000000000000000 000000000000f03f"))
	t.Run(testFormat("string", "abc", "03 616263"))
	t.Run(testFormat("long string", strings.Repeat("a", 130), "8201"+strings.Repeat("61", 130)))
	t.Run(testFormat("array", [2]int16{1, 2}, "0100 0200"))
	t.Run(testFormat("array of strings", [2]string{"a", ""}, "0161 00"))
	t.Run(testFormat("nil slice", []int(nil), "00"))
	t.Run(testFormat("empty slice", []int{}, "01"))
	t.Run(testFormat("slice", []int{1}, "02 0100000000000000"))
	t.Run(testFormat("slice of structs", []small{{1, 2}, {3, 4}}, "03 01000000 02000000 03000000 04000000"))
	t.Run(testFormat("structs without fields", make([]struct{}, 200), "c901"))
	t.Run(testFormat("nil map", map[string]bool(nil), "00"))
	t.Run(testFormat("map", map[string]bool{"a": true}, "02 0161 01"))
	t.Run(testFormat("nil pointer", (*int8)(nil), "00"))
	t.Run(testFormat("pointer", new(int8(0)), "01 00"))
	t.Run(testFormat("struct", record{1, "a", 1}, "0100000000000000 0161 000000000000f03f"))
	t.Run(testFormat("padded struct", padded{1, 2, 3}, "01 0200000000000000 0300"))
	t.Run(testFormat("padded at the end", []tail{{1, 2}, {3, 4}}, "03 0100000000000000 02 0300000000000000 04"))
	t.Run(testFormat("embedded struct", outer{inner{1, 2}, Base{"z"}, nil, struct{}{}, true}, "0100 0200 017a 00 01"))
	t.Run(testFormat("nil interface", any(nil), "00"))
	t.Run(testFormat("interface", any(int8(5)), "04 696e7438 05"))
	t.Run(testFormat("time", time.Unix(0, 0).UTC(), "0f 01 0000000e7791f700 00000000 ffff"))
}

func testFormat[T any](name string, v T, want string) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		want := strings.ReplaceAll(want, " ", "")
		direct, portable := of[T](t)
		for path, c := range map[string]*Codec[T]{"direct": direct, "portable": portable} {
			b, err := c.Append(nil, v)
			assert.NoError(t, err, path)
			assert.Equal(t, want, hex.EncodeToString(b), path)
		}
		// A slice of one is its length and the value; so is the slice's own codec.
		b, err := direct.AppendSlice(nil, []T{v})
		assert.NoError(t, err, "slice")
		assert.Equal(t, "02"+want, hex.EncodeToString(b), "slice")
		slices, _ := of[[]T](t)
		b, err = slices.Append(nil, []T{v})
		assert.NoError(t, err, "codec of the slice")
		assert.Equal(t, "02"+want, hex.EncodeToString(b), "codec of the slice")
	}
}
