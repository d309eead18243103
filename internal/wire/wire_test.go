package wire

import (
	"bytes"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"testing"
	"testing/quick"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func testRoundTrip[T any](name string, values ...T) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		direct, portable := of[T](t)
		for _, v := range values {
			roundTrip(t, direct, portable, v)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Run(testRoundTrip("bool", false, true))
	t.Run(testRoundTrip("int", 0, 1, -1, math.MaxInt, math.MinInt))
	t.Run(testRoundTrip("int8", int8(0), -1, math.MinInt8))
	t.Run(testRoundTrip("int16", int16(0x102), -1, math.MinInt16))
	t.Run(testRoundTrip("int32", int32(0x1020304), -1, math.MinInt32))
	t.Run(testRoundTrip("int64", int64(0x102030405060708), -1, math.MinInt64))
	t.Run(testRoundTrip("uint", uint(0), math.MaxUint))
	t.Run(testRoundTrip("uint8", uint8(0), math.MaxUint8))
	t.Run(testRoundTrip("uint16", uint16(0), math.MaxUint16))
	t.Run(testRoundTrip("uint32", uint32(0), math.MaxUint32))
	t.Run(testRoundTrip("uint64", uint64(0), math.MaxUint64))
	t.Run(testRoundTrip("uintptr", uintptr(0), ^uintptr(0)))
	t.Run(testRoundTrip("float32", 0, float32(math.Copysign(0, -1)), 1.5, float32(math.Inf(1))))
	t.Run(testRoundTrip("float64", 0, math.Copysign(0, -1), math.Inf(-1), math.Float64frombits(0x7ff8000000000123), math.Float64frombits(0xfff0000000000001)))
	t.Run(testRoundTrip("complex64", complex64(complex(1, -2)), 0))
	t.Run(testRoundTrip("complex128", complex(1, -2), complex(math.NaN(), 0)))
	t.Run(testRoundTrip("string", "", "a", "\x00\xff", string(make([]byte, 300))))
	t.Run(testRoundTrip("named", time.Duration(5), -time.Hour))
	t.Run(testRoundTrip("bytes", []byte(nil), []byte{}, []byte("abc")))
	t.Run(testRoundTrip("ints", []int(nil), []int{}, []int{1, -2, 3}))
	t.Run(testRoundTrip("strings", []string(nil), []string{}, []string{"", "a"}))
	t.Run(testRoundTrip("bools", []bool{true, false}, nil))
	t.Run(testRoundTrip("slices", [][]int{nil, {}, {1}}, nil, [][]int{}))
	t.Run(testRoundTrip("empty structs", []struct{}{}, nil, make([]struct{}, 7)))
	t.Run(testRoundTrip("array", [3]int16{1, 2, 3}))
	t.Run(testRoundTrip("array of strings", [2]string{"a", ""}))
	t.Run(testRoundTrip("array of nothing", [1 << 30]struct{}{}))
	t.Run(testRoundTrip("no strings", [0]string{}))
	t.Run(testRoundTrip("map", map[string]int(nil), map[string]int{}, map[string]int{"": 1, "a": 0}))
	t.Run(testRoundTrip("map of slices", map[int8][]int{1: nil, 2: {}, 3: {1, 2}, 4: {3}}))
	t.Run(testRoundTrip("map of pointers", map[small]*int{{1, 2}: nil, {3, 4}: new(int), {5, 6}: new(7)}))
	t.Run(testRoundTrip("set", map[string]struct{}{"a": {}, "b": {}}))
	t.Run(testRoundTrip("unit map", map[struct{}]int{{}: 5}, map[struct{}]int{}))
	t.Run(testRoundTrip("pointer", (*int)(nil), new(int), new(1)))
	t.Run(testRoundTrip("pointer to pointer", (**int)(nil), new((*int)(nil)), new(new(0))))
	t.Run(testRoundTrip("pointer to nothing", &struct{}{}, nil))
	t.Run(testRoundTrip("struct", record{}, record{1, "a", math.NaN()}))
	t.Run(testRoundTrip("packed struct", small{1, -1}))
	t.Run(testRoundTrip("padded struct", padded{1, 2, 3}))
	t.Run(testRoundTrip("padded structs", []padded{{1, 2, 3}, {4, 5, 6}}))
	t.Run(testRoundTrip("padded at the end", []tail{{1, 2}, {3, 4}}))
	t.Run(testRoundTrip("array of padded", [2]tail{{1, 2}, {3, 4}}))
	t.Run(testRoundTrip("empty struct", struct{}{}))
	t.Run(testRoundTrip("embedded", outer{}, outer{inner{1, 2}, Base{"z"}, &small{3, 4}, struct{}{}, true}))
	t.Run(testRoundTrip("list", node{}, node{1, &node{2, &node{}}}))
	t.Run(testRoundTrip("tree", tree{}, tree{"a", []tree{{"b", nil}, {"c", []tree{}}}}))
	t.Run(testRoundTrip("recursive map", nested(nil), nested{"a": nested{}, "b": nil, "c": {"d": nil}}))
	t.Run(testRoundTrip("recursive slice", levels(nil), levels{}, levels{nil, {}, {{}}}))
	t.Run(testRoundTrip("mutual", mutualA{}, mutualA{&mutualB{A: mutualA{X: []mutualB{{}}}}, []mutualB{{M: map[string]mutualA{"m": {}}}}}))
	t.Run(testRoundTrip("any", []any{nil, 1, "a", true, 1.5, []byte("b"), []byte(nil), []any{nil}, map[string]any{"k": []any{}}, uint8(3), 2i}))
	t.Run(testRoundTrip("time", time.Time{}, time.Unix(1e9, 5).UTC(), time.Unix(0, 0).In(time.FixedZone("", 3600))))
	t.Run(testRoundTrip("big", *big.NewInt(0), *new(big.Int).Lsh(big.NewInt(-3), 200)))
	t.Run(testRoundTrip("addr", netip.Addr{}, netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("fe80::1%eth0")))
	t.Run(testRoundTrip("url", &url.URL{Scheme: "http", Host: "h", Path: "/p"}, nil))
}

// The memory of a float32 is copied, not converted, since a conversion may set
// the quiet bit of a NaN.
func TestNaN32(t *testing.T) {
	direct, portable := of[[1]uint32](t)
	floats, portableFloats := of[[1]float32](t)
	for _, bits := range []uint32{0x7fc00000, 0x7f800001, 0xffc12345} {
		for _, c := range []*Codec[[1]uint32]{direct, portable} {
			b, _ := c.Append(nil, [1]uint32{bits})
			for _, f := range []*Codec[[1]float32]{floats, portableFloats} {
				v, err := f.Decode(b)
				assert.NoError(t, err)
				assert.Equal(t, bits, math.Float32bits(v[0]))
			}
		}
	}
}

// NaNs are keys that differ from each other.
func TestNaNKeys(t *testing.T) {
	c, _ := of[map[float64]int](t)
	b, err := c.Append(nil, map[float64]int{math.NaN(): 1, math.NaN(): 2})
	require.NoError(t, err)
	v, err := c.Decode(b)
	assert.NoError(t, err)
	assert.Len(t, v, 2)
}

// Values of a type with something of everything, made at random, arrive as they
// were, and copying memory makes the same bytes as encoding number by number.
func TestQuick(t *testing.T) {
	type value struct {
		S small
		A int
		B [3]uint16
		C [][]float64
		D map[string][]padded
		E *record
		F []string
		G struct {
			X, Y complex64
			Z    bool
		}
		H [2]complex128
		I map[padded]bool
	}
	direct, portable := of[value](t)
	lists, portableLists := of[[]struct {
		A uint32
		B [4]int8
		C float64
	}](t)
	check := func(v value, l []struct {
		A uint32
		B [4]int8
		C float64
	}) bool {
		roundTrip(t, direct, portable, v)
		roundTrip(t, lists, portableLists, l)
		a, _ := lists.Append(nil, l)
		b, _ := portableLists.Append(nil, l)
		return bytes.Equal(a, b)
	}
	assert.NoError(t, quick.Check(check, &quick.Config{MaxCount: 50}))
}

// Append must not need memory of its own for values of plain types.
func TestAllocs(t *testing.T) {
	dst := make([]byte, 0, 1<<10)
	check := func(name string, want float64, f func()) {
		assert.Equal(t, want, testing.AllocsPerRun(100, f), "allocations of %s", name)
	}
	ints, _ := of[int](t)
	check("int", 0, func() { ints.Append(dst, 5) })
	floats, _ := of[float64](t)
	five, _ := floats.Append(nil, 5)
	check("decoding a number", 0, func() { floats.Decode(five) })
	records, _ := of[record](t)
	check("a struct", 0, func() { records.Append(dst, record{1, "a", 2}) })
	lists, _ := of[*node](t)
	list := &node{1, &node{2, nil}}
	check("a list", 0, func() { lists.Append(dst, list) })
	chunk := []record{{1, "a", 2}, {3, "b", 4}}
	check("a slice of structs", 0, func() { records.AppendSlice(dst, chunk) })
}

// What was encoded is not kept alive by the codec.
func TestKeepsNothing(t *testing.T) {
	lists, _ := of[*node](t)
	v := &node{}
	_, err := lists.Append(nil, v)
	require.NoError(t, err)
	w := weak.Make(v)
	v = nil
	runtime.GC()
	assert.Nil(t, w.Value(), "the value is still referred to")
}

// A Codec has no state that two goroutines could mix up.
func TestConcurrent(t *testing.T) {
	records, _ := of[record](t)
	done := make(chan error)
	for i := range 4 {
		go func() {
			want := record{i, string(rune('a' + i)), float64(i)}
			for range 1000 {
				b, err := records.Append(nil, want)
				if err != nil {
					done <- err
					return
				}
				got, err := records.Decode(b)
				assert.NoError(t, err)
				assert.Equal(t, want, got)
			}
			done <- nil
		}()
	}
	for range 4 {
		assert.NoError(t, <-done)
	}
}
