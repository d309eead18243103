package wire

import (
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rich has every kind of type at least once.
type rich struct {
	small
	Base
	B  bool
	I  int
	U  uint16
	F  float32
	C  complex64
	S  string
	A  [3]bool
	L  []string
	P  []padded
	N  []struct{}
	M  map[string]*rich
	K  map[small][]byte
	E  map[struct{}]int8
	O  *int
	OO **rich
	V  any
	H  shape
	T  time.Time
	G  *big.Int
	R  tree
}

// Decode never panics on any bytes, and what it makes of them travels.
func FuzzDecode(f *testing.F) {
	types := []any{circle{}, (*square)(nil), group{}, rich{}, celsius(0)}
	c, err := Of[rich](types...)
	if err != nil {
		f.Fatal(err)
	}
	portable, err := compile[rich](newCompiler(true), types)
	if err != nil {
		f.Fatal(err)
	}
	one := 1
	inner := &rich{S: "inner", V: []any{nil, true, "a", []byte{1}, map[string]any{"k": 2.5}}}
	for _, v := range []rich{
		{},
		*inner,
		{
			small: small{1, 2}, Base: Base{"z"}, B: true, I: -1, U: 2, F: 1.5, C: 1i, S: "s", A: [3]bool{true},
			L: []string{"", "l"}, P: []padded{{1, 2, 3}}, N: make([]struct{}, 3), M: map[string]*rich{"m": inner, "n": nil},
			K: map[small][]byte{{1, 2}: {3}}, E: map[struct{}]int8{{}: 1}, O: &one, OO: &inner, V: *inner,
			H: group{[]shape{circle{1}, &square{&one}}}, T: time.Unix(1, 2).UTC(), G: big.NewInt(-5),
			R: tree{"r", []tree{{"s", nil}}},
		},
	} {
		b, err := c.Append(nil, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		first, err := c.Decode(src)
		_, portableErr := portable.Decode(src)
		require.Equal(t, portableErr == nil, err == nil, "copying memory: %v; number by number: %v", err, portableErr)
		c.DecodeSlice(nil, src)
		if err != nil {
			return
		}
		b, err := c.Append(nil, first)
		require.NoError(t, err, "what was decoded cannot be encoded")
		second, err := c.Decode(b)
		require.NoError(t, err, "what was encoded again cannot be decoded")
		require.True(t, same(reflect.ValueOf(&first).Elem(), reflect.ValueOf(&second).Elem()), "%#v became %#v", first, second)
	})
}
