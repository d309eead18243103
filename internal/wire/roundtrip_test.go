package wire

import (
	"bytes"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

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

// of returns the codec of T as Of makes it and one that never copies memory.
func of[T any](t *testing.T, types ...any) (direct, portable *Codec[T]) {
	t.Helper()
	direct, err := Of[T](types...)
	require.NoError(t, err)
	portable, err = compile[T](newCompiler(true), types)
	require.NoError(t, err, "portable")
	return direct, portable
}

// roundTrip encodes v by itself and in slices, copying memory and not, decodes
// each by the other codec, and fails the test if something else arrives.
func roundTrip[T any](t *testing.T, direct, portable *Codec[T], v T) {
	t.Helper()
	for _, c := range [][2]*Codec[T]{{direct, portable}, {portable, direct}} {
		prefix := []byte("before")
		b, err := c[0].Append(prefix, v)
		require.NoError(t, err, "Append(%#v)", v)
		require.True(t, bytes.HasPrefix(b, prefix), "Append(%#v) changed dst: %q", v, b)
		src := bytes.Clone(b[len(prefix):])
		got, err := c[1].Decode(src)
		require.NoError(t, err, "Decode(%q) of %#v", b[len(prefix):], v)
		require.Equal(t, b[len(prefix):], src, "Decode changed src")
		clear(src) // got must not refer to it
		require.True(t, same(reflect.ValueOf(&got).Elem(), reflect.ValueOf(&v).Elem()), "%#v became %#v", v, got)

		for _, s := range [][]T{nil, {}, {v}, {v, *new(T), v}} {
			b, err := c[0].AppendSlice(prefix, s)
			require.NoError(t, err, "AppendSlice(%#v)", s)
			src := bytes.Clone(b[len(prefix):])
			got, err := c[1].DecodeSlice(nil, src)
			require.NoError(t, err, "DecodeSlice(%q) of %#v", src, s)
			clear(src)
			require.True(t, same(reflect.ValueOf(got), reflect.ValueOf(s)), "%#v became %#v", s, got)
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
