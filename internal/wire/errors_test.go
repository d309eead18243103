package wire

import (
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	hidden   struct{ secret string }
	number   int
	embedsID struct {
		A int
		number
	}
	embedsPtr struct {
		A int
		*hidden
	}
	// ownMethods has methods for both of its fields, but reflection cannot tell
	// that they are not time.Time's.
	ownMethods struct {
		time.Time
		zone string
	}
)

// These fields are otherwise seen by reflection only.
var _ = []any{hidden{"s"}, embedsID{1, 2}, embedsPtr{1, nil}, ownMethods{time.Time{}, "z"}}

func (ownMethods) MarshalBinary() ([]byte, error) { return nil, nil }
func (*ownMethods) UnmarshalBinary([]byte) error  { return nil }

func TestTypeError(t *testing.T) {
	type local struct{ A int }
	first := local{}
	second := func() any {
		type local struct{ B int }
		return local{}
	}()

	t.Run(testTypeError[chan int]("chan", "chan int: chan int cannot travel"))
	t.Run(testTypeError[func()]("func", "func(): func() cannot travel"))
	t.Run(testTypeError[struct{ P unsafe.Pointer }]("unsafe", "struct { P unsafe.Pointer }.P: unsafe.Pointer cannot travel"))
	t.Run(testTypeError[struct {
		A struct{ B []map[string][2]*func() }
	}]("deep", "struct { A struct { B []map[string][2]*func() } }.A.B[][][]: func() cannot travel"))
	t.Run(testTypeError[map[chan int]int]("key", "map[chan int]int[key]: chan int cannot travel"))
	t.Run(testTypeError[hidden]("unexported", "wire.hidden.secret: unexported field (string) would be lost"))
	t.Run(testTypeError[struct{ _ [4]byte }]("blank", "struct { _ [4]uint8 }._: unexported field ([4]uint8) would be lost"))
	t.Run(testTypeError[embedsID]("embedded", "wire.embedsID.number: unexported field (wire.number) would be lost"))
	t.Run(testTypeError[embedsPtr]("in embedded", "wire.embedsPtr.hidden.secret: unexported field (string) would be lost"))
	t.Run(testTypeError[struct{ Mu sync.Mutex }]("mutex", "struct { Mu sync.Mutex }.Mu.mu: unexported field (sync.Mutex) would be lost"))
	t.Run(testTypeError[struct{ N atomic.Int64 }]("atomic", "struct { N atomic.Int64 }.N.v: unexported field (int64) would be lost"))
	t.Run(testTypeError[ownMethods]("ambiguous methods", "wire.ownMethods.zone: unexported field (string) would be lost"))
	t.Run(testTypeError[*os.File]("file", "*os.File.file.pfd: unexported field (poll.FD) would be lost"))
	t.Run(testTypeError[error]("error", "error: no concrete type is registered that error may hold"))
	t.Run(testTypeError[struct{ S fmt.Stringer }]("interface", "struct { S fmt.Stringer }.S: no concrete type is registered that fmt.Stringer may hold", 1, "a"))
	t.Run(testTypeError[struct{ V any }]("registered", "struct { V interface {} }.V.(wire.hidden).secret: unexported field (string) would be lost", hidden{}))
	t.Run(testTypeError[any]("nil example", "types[1]: a nil interface is no example of a type", 1, nil))
	t.Run(testTypeError[any]("same name", `wire.local: another type has the same name "github.com/fanfold/fanfold/internal/wire.local"`, first, second))
}

func testTypeError[T any](name, want string, types ...any) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		c, err := Of[T](types...)
		var te *TypeError
		require.ErrorAs(t, err, &te, "%v", c)
		require.True(t, strings.HasPrefix(err.Error(), want), "%q begins with %q", err, want)
		assert.Equal(t, err.Error(), te.Path+": "+te.Reason)
		assert.Equal(t, name == "nil example", te.Type == nil, "Type")
	}
}

func TestEncodeError(t *testing.T) {
	type job struct {
		Name  string
		Parts []struct{ Owner map[int8]any }
	}
	c, _ := of[job](t)
	v := job{"a", []struct{ Owner map[int8]any }{{}, {map[int8]any{1: []any{"b", os.ErrExist}}}}}
	want := "wire.job.Parts[1].Owner[].([]interface {})[1]: concrete type *errors.errorString is not registered"
	dst := make([]byte, 3, 1000)
	for name, f := range map[string]func() ([]byte, error){
		"Append":      func() ([]byte, error) { return c.Append(dst, v) },
		"AppendSlice": func() ([]byte, error) { return c.AppendSlice(dst, []job{{}, v}) },
	} {
		got, err := f()
		want := want
		if name == "AppendSlice" {
			want = strings.Replace(want, "wire.job", "[]wire.job[1]", 1)
		}
		var ee *EncodeError
		require.ErrorAs(t, err, &ee, name)
		assert.EqualError(t, err, want, name)
		require.Len(t, got, len(dst), name)
		assert.Same(t, &dst[0], &got[0], "%s: dst as it was", name)
	}
}

func TestDecodeError(t *testing.T) {
	const most = "ffffffffffffffffff01" // 1<<64 - 1
	t.Run(testDecodeError[int]("empty", "", "int at byte 0: unexpected end: 0 of 8 bytes"))
	t.Run(testDecodeError[int]("short", "010203", "int at byte 0: unexpected end: 3 of 8 bytes"))
	t.Run(testDecodeError[int]("left over", "000000000000000000", "int at byte 8: 1 bytes left over"))
	t.Run(testDecodeError[uint16]("short 16", "01", "uint16 at byte 0: unexpected end: 1 of 2 bytes"))
	t.Run(testDecodeError[float32]("short 32", "010203", "float32 at byte 0: unexpected end: 3 of 4 bytes"))
	t.Run(testDecodeError[bool]("no bool", "", "bool at byte 0: unexpected end: 0 of 1 bytes"))
	t.Run(testDecodeError[bool]("bool", "02", "bool at byte 0: byte 0x2 where 0 or 1 must stand"))
	t.Run(testDecodeError[[]bool]("bools", "0301ff", "[]bool[1] at byte 2: byte 0xff where 0 or 1 must stand"))
	t.Run(testDecodeError[*int8]("pointer", "0200", "*int8 at byte 0: byte 0x2 where 0 or 1 must stand"))
	t.Run(testDecodeError[*int32]("pointer to nothing", "010000", "*int32 at byte 1: unexpected end: 2 of 4 bytes"))
	t.Run(testDecodeError[string]("no string", "", "string at byte 0: bad or missing length"))
	t.Run(testDecodeError[string]("string", "0461", "string at byte 0: length 4, but 1 bytes left"))
	t.Run(testDecodeError[string]("endless length", "8080808080808080808001", "string at byte 0: bad or missing length"))
	t.Run(testDecodeError[string]("longest string", most, "string at byte 0: length 18446744073709551615, but 0 bytes left"))
	t.Run(testDecodeError[[]byte]("longest slice", most, "[]uint8 at byte 0: length 18446744073709551614"))
	t.Run(testDecodeError[[]struct{}]("longest slice of nothing", most, "[]struct {} at byte 0: length 18446744073709551614 exceeds the limit of "+strconv.Itoa(math.MaxInt)))
	t.Run(testDecodeError[[]int32]("slice", "0301000000020000", "[]int32 at byte 0: length 2, but 7 bytes left"))
	t.Run(testDecodeError[[]string]("slice of strings", "030261", "[]string[0] at byte 1: length 2, but 1 bytes left"))
	t.Run(testDecodeError[[2]string]("array", "0161", "[2]string[1] at byte 2: bad or missing length"))
	t.Run(testDecodeError[map[string]int8]("map", "030161010162", "map[string]int8[] at byte 6: unexpected end: 0 of 1 bytes"))
	t.Run(testDecodeError[map[string]int8]("map's key", "030161010262", "map[string]int8[key] at byte 4: length 2, but 1 bytes left"))
	t.Run(testDecodeError[map[int8]int8]("map's length", "0301020304", ""))     // two entries fit
	t.Run(testDecodeError[map[int8]int8]("map too long", "04010203040505", "")) // three do
	t.Run(testDecodeError[map[int8]int8]("map much too long", "0501020304", "map[int8]int8 at byte 0: length 4, but 4 bytes left"))
	t.Run(testDecodeError[map[int8]int8]("equal keys", "0301020103", "map[int8]int8 at byte 0: a map of 2 entries with equal keys"))
	t.Run(testDecodeError[map[struct{}]int8]("equal units", "030102", "map[struct {}]int8 at byte 0: a map of 2 entries with equal keys"))
	t.Run(testDecodeError[map[any]int8]("bad key", "02 075b5d75696e7438 01 05", "map[interface {}]int8[key] at byte 10: an interface holds a value that cannot be compared"))
	t.Run(testDecodeError[map[[1]struct{ K any }]int8]("bad inner key", "02 075b5d75696e7438 01 05", "map[[1]struct { K interface {} }]int8[key] at byte 10: an interface holds"))
	t.Run(testDecodeError[map[any]int8]("nil key after another", "03 04696e7438 05 01 00 02", ""))
	t.Run(testDecodeError[any]("unknown type", "0361626300", `interface {} at byte 0: concrete type "abc" is not registered`))
	t.Run(testDecodeError[any]("short value", "04696e743801ff", "interface {} at byte 6: 1 bytes left over"))
	t.Run(testDecodeError[any]("no value", "05696e743332010203", "interface {} at byte 6: unexpected end: 3 of 4 bytes"))
	t.Run(testDecodeError[any]("in any", "04626f6f6c09", "interface {}.(bool) at byte 5: byte 0x9"))
	t.Run(testDecodeError[record]("field", "0000000000000000 0561", "wire.record.Name at byte 8: length 5, but 1 bytes left"))
	t.Run(testDecodeError[time.Time]("method's length", "0501", "time.Time at byte 0: length 5, but 1 bytes left"))
	t.Run(testDecodeError[time.Time]("method", "0109", "time.Time at byte 0: UnmarshalBinary: Time.UnmarshalBinary: unsupported version"))
}

// An empty want is for bytes that are fine.
func testDecodeError[T any](name, src, want string) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		b, err := hex.DecodeString(strings.ReplaceAll(src, " ", ""))
		require.NoError(t, err)
		direct, portable := of[T](t)
		for path, c := range map[string]*Codec[T]{"direct": direct, "portable": portable} {
			v, err := c.Decode(b)
			if want == "" {
				assert.NoError(t, err, path)
				continue
			}
			var de *DecodeError
			if !assert.ErrorAs(t, err, &de, path) || !assert.True(t, strings.HasPrefix(err.Error(), want), "%s: %q begins with %q", path, err, want) {
				continue
			}
			assert.Zero(t, v, path)
			// In a slice everything is one byte later.
			_, err = c.DecodeSlice(nil, append([]byte{2}, b...))
			var se *DecodeError
			require.ErrorAs(t, err, &se, "%s, slice", path)
			if se.Offset != 0 {
				assert.Equal(t, de.Offset+1, se.Offset, "%s, slice: %v; value: %v", path, err, de)
			}
		}
	}
}
