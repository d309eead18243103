package wire

import (
	"bytes"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"testing"
	"testing/quick"
	"time"
	"weak"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// of returns the codec of T as Of makes it and one that never copies memory.
func of[T any](t *testing.T, types ...any) (direct, portable *Codec[T]) {
	t.Helper()
	direct, err := Of[T](types...)
	if err != nil {
		t.Fatalf("Of: %v", err)
	}
	portable, err = compile[T](newCompiler(true), types)
	if err != nil {
		t.Fatalf("Of, portable: %v", err)
	}
	return direct, portable
}

// roundTrip encodes v in four ways, by value and in a slice, copying memory and
// not, decodes each by the other codec and returns what differs from v.
func roundTrip[T any](t *testing.T, direct, portable *Codec[T], v T) {
	t.Helper()
	for _, c := range [][2]*Codec[T]{{direct, portable}, {portable, direct}} {
		prefix := []byte("before")
		b, err := c[0].Append(prefix, v)
		if err != nil {
			t.Fatalf("Append(%#v): %v", v, err)
		}
		if !bytes.HasPrefix(b, prefix) {
			t.Fatalf("Append(%#v) changed dst: %q", v, b)
		}
		src := bytes.Clone(b[len(prefix):])
		got, err := c[1].Decode(src)
		if err != nil {
			t.Fatalf("Decode(%q) of %#v: %v", b[len(prefix):], v, err)
		}
		if !bytes.Equal(src, b[len(prefix):]) {
			t.Fatalf("Decode changed src from %q to %q", b[len(prefix):], src)
		}
		clear(src) // got must not refer to it
		if !same(reflect.ValueOf(&got).Elem(), reflect.ValueOf(&v).Elem()) {
			t.Fatalf("got %#v, want %#v", got, v)
		}

		for _, s := range [][]T{nil, {}, {v}, {v, *new(T), v}} {
			b, err := c[0].AppendSlice(prefix, s)
			if err != nil {
				t.Fatalf("AppendSlice(%#v): %v", s, err)
			}
			src := bytes.Clone(b[len(prefix):])
			got, err := c[1].DecodeSlice(src)
			if err != nil {
				t.Fatalf("DecodeSlice(%q) of %#v: %v", src, s, err)
			}
			clear(src)
			if !same(reflect.ValueOf(got), reflect.ValueOf(s)) {
				t.Fatalf("slice: got %#v, want %#v", got, s)
			}
		}
	}
}

// same is reflect.DeepEqual, except that numbers are compared by their bits, and
// times and big numbers by their methods.
func same(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float())
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return math.Float64bits(real(x)) == math.Float64bits(real(y)) && math.Float64bits(imag(x)) == math.Float64bits(imag(y))
	case reflect.Pointer, reflect.Interface:
		return a.IsNil() == b.IsNil() && (a.IsNil() || same(a.Elem(), b.Elem()))
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() || a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() {
			return false
		}
		if a.Type().Elem().Size() == 0 {
			return true // there may be 1<<60 of them
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() || a.IsNil() != b.IsNil() {
			return false
		}
		for _, k := range a.MapKeys() {
			if !same(a.MapIndex(k), b.MapIndex(k)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		if a.CanInterface() {
			switch x := a.Interface().(type) {
			case time.Time:
				return x.Equal(b.Interface().(time.Time))
			case big.Int:
				y := b.Interface().(big.Int)
				return x.Cmp(&y) == 0
			case netip.Addr:
				return x == b.Interface()
			}
		}
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() || f.Anonymous {
				if !same(a.Field(i), b.Field(i)) {
					return false
				}
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

type (
	small  struct{ A, B int32 }
	padded struct {
		A int8
		B int64
		C int16
	}
	tail struct { // padded at its end
		A int64
		B int8
	}
	record struct {
		ID    int
		Name  string
		Score float64
	}
	node struct {
		V    int
		Next *node
	}
	tree struct {
		Name     string
		Children []tree
	}
	nested map[string]nested
	levels []levels
	inner  struct{ X, Y int16 }
	Base   struct{ Z string }
	outer  struct {
		inner
		Base
		*small
		_ struct{}
		W bool
	}
	mutualA struct {
		B *mutualB
		X []mutualB
	}
	mutualB struct {
		A mutualA
		M map[string]mutualA
	}
)

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
				if got := math.Float32bits(v[0]); err != nil || got != bits {
					t.Errorf("got %#x and %v, want %#x", got, err, bits)
				}
			}
		}
	}
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
	if err := quick.Check(check, &quick.Config{MaxCount: 50}); err != nil {
		t.Error(err)
	}
}

// Append must not need memory of its own for values of plain types.
func TestAllocs(t *testing.T) {
	dst := make([]byte, 0, 1<<10)
	check := func(name string, want float64, f func()) {
		if got := testing.AllocsPerRun(100, f); got != want {
			t.Errorf("%s allocates %v times, want %v", name, got, want)
		}
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
	if _, err := lists.Append(nil, v); err != nil {
		t.Fatal(err)
	}
	w := weak.Make(v)
	v = nil
	runtime.GC()
	if w.Value() != nil {
		t.Error("the value is still referred to")
	}
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
				if got, err := records.Decode(b); err != nil || got != want {
					t.Errorf("got %v and %v, want %v", got, err, want)
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
