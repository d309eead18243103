package wire

import (
	"reflect"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Which types are copied as memory; a portable codec copies only bytes.
func TestFixed(t *testing.T) {
	if !newCompiler(false).direct {
		t.Skip("a big-endian machine copies nothing")
	}
	wide := strconv.IntSize == 64
	cases := []struct {
		v    any
		want bool
	}{
		{float64(0), true},
		{complex64(0), true},
		{0, wide},
		{uintptr(0), wide},
		{[3][2]uint16{}, true},
		{small{}, true},
		{[5]small{}, true},
		{struct {
			A small
			B [2]int16
			C float32
		}{}, true},
		{padded{}, false},
		{tail{}, false},
		{[2]tail{}, false},
		{true, false},
		{[2]bool{}, false},
		{"", false},
		{[]byte{}, false},
		{new(int8), false},
		{textKey(0), false},
	}
	for _, c := range cases {
		typ := reflect.TypeOf(c.v)
		code, err := newCompiler(false).compile(typ, "")
		_, got := code.(fixed)
		assert.NoError(t, err, "%v: %T", typ, code)
		assert.Equal(t, c.want, got, "%v: %T", typ, code)
		code, err = newCompiler(true).compile(typ, "")
		_, got = code.(fixed)
		assert.NoError(t, err, "%v, portable: %T", typ, code)
		assert.False(t, got, "%v, portable: %T", typ, code)
	}
}
