package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/panics"
)

type (
	// byValue marshals by value, byPointer by pointer.
	byValue   struct{ s string }
	byPointer struct{ s string }
	byGob     struct{ s []byte }
	byText    struct{ s string }
	textKey   int
	// all three pairs; binary must win.
	byAll struct{ s string }
	// half has no way back.
	half struct{ S string }

	// stamped has time.Time's methods, which know nothing of Zone.
	stamped struct {
		time.Time
		Zone string
	}
	stampedPointer struct {
		*time.Time
		Zone string
	}
	stampedDeep struct {
		stamped
		N int
	}
	onlyStamp struct{ time.Time }

	// Codable gives its methods to codable, though it may be nil.
	Codable interface {
		MarshalBinary() ([]byte, error)
		UnmarshalBinary([]byte) error
	}
	codable struct {
		Codable
		N int8
	}
)

func (v byValue) MarshalBinary() ([]byte, error) { return []byte("b" + v.s), nil }
func (v *byValue) UnmarshalBinary(b []byte) error {
	v.s = strings.TrimPrefix(string(b), "b")
	return nil
}
func (v *byPointer) MarshalBinary() ([]byte, error) { return []byte("p" + v.s), nil }
func (v *byPointer) UnmarshalBinary(b []byte) error {
	v.s = strings.TrimPrefix(string(b), "p")
	return nil
}
func (v byGob) GobEncode() ([]byte, error)     { return v.s, nil }
func (v *byGob) GobDecode(b []byte) error      { v.s = b; return nil } // keeps b, as it may
func (v byText) MarshalText() ([]byte, error)  { return []byte("t" + v.s), nil }
func (v *byText) UnmarshalText(b []byte) error { v.s = strings.TrimPrefix(string(b), "t"); return nil }
func (v textKey) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "k%d", int(v)), nil }
func (v *textKey) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "k%d", v)
	return err
}
func (v byAll) MarshalText() ([]byte, error)           { return []byte("t" + v.s), nil }
func (v *byAll) UnmarshalText(b []byte) error          { return errors.New("text") }
func (v byAll) GobEncode() ([]byte, error)             { return []byte("g" + v.s), nil }
func (v *byAll) GobDecode(b []byte) error              { return errors.New("gob") }
func (v byAll) MarshalBinary() ([]byte, error)         { return []byte("b" + v.s), nil }
func (v *byAll) UnmarshalBinary(b []byte) error        { v.s = strings.TrimPrefix(string(b), "b"); return nil }
func (v half) MarshalBinary() (data []byte, err error) { return nil, errors.New("half") }

func TestMarshaler(t *testing.T) {
	t.Run(testMarshaler("value", byValue{"x"}, "\x02bx"))
	t.Run(testMarshaler("pointer", byPointer{"x"}, "\x02px"))
	t.Run(testMarshaler("text", byText{"x"}, "\x02tx"))
	t.Run(testMarshaler("text of an int", textKey(12), "\x03k12"))
	t.Run(testMarshaler("key", map[textKey]byValue{1: {"x"}}, "\x02\x02k1\x02bx"))
	t.Run(testMarshaler("all", byAll{"x"}, "\x02bx"))
	t.Run(testMarshaler("half", half{"x"}, "\x01x"))
	t.Run(testMarshaler("elements", [2]byPointer{{"x"}, {"y"}}, "\x02px\x02py"))
	t.Run(testMarshaler("field", struct {
		A int8
		B byPointer
	}{1, byPointer{"x"}}, "\x01\x02px"))
}

// The memory of an unexported field is compared too, unlike in roundTrip.
func testMarshaler[T any](name string, v T, want string) (string, func(*testing.T)) {
	return name, func(t *testing.T) {
		c, _ := of[T](t)
		b, err := c.Append(nil, v)
		require.NoError(t, err)
		require.Equal(t, want, string(b))
		got, err := c.Decode(b)
		assert.NoError(t, err)
		assert.Equal(t, fmt.Sprint(v), fmt.Sprint(got))
	}
}

// A GobDecode may keep its argument; Decode must not keep src.
func TestGobKeeps(t *testing.T) {
	c, _ := of[byGob](t)
	b, err := c.Append(nil, byGob{[]byte("abc")})
	require.NoError(t, err)
	require.Equal(t, "\x03abc", string(b))
	v, err := c.Decode(b)
	clear(b)
	assert.NoError(t, err)
	assert.Equal(t, "abc", string(v.s))
}

// Methods promoted from an embedded field do not speak for the others.
func TestPromoted(t *testing.T) {
	now := time.Unix(1e9, 0).UTC()
	stamp := stamped{now, "z"}
	t.Run(testRoundTrip("value", stamp))
	t.Run(testRoundTrip("pointer", stampedPointer{&now, "z"}, stampedPointer{}))
	t.Run(testRoundTrip("deep", stampedDeep{stamp, 5}))
	t.Run(testRoundTrip("alone", onlyStamp{now}))
	codables, _ := of[codable](t, &byPointer{})
	b, err := codables.Append(nil, codable{N: 5})
	assert.NoError(t, err, "an embedded interface")
	assert.Equal(t, "\x00\x05", string(b), "an embedded interface")
	c, _ := of[stampedDeep](t)
	b, err = c.Append(nil, stampedDeep{stamp, 5})
	require.NoError(t, err)
	v, err := c.Decode(b)
	assert.NoError(t, err)
	assert.Equal(t, "z", v.Zone)
	assert.Equal(t, 5, v.N)
	assert.True(t, v.Equal(now))
}

// failing fails or panics while it is marshaled or unmarshaled.
type failing struct{ how string }

func (v failing) MarshalBinary() ([]byte, error) {
	switch v.how {
	case "fail":
		return nil, io.ErrClosedPipe
	case "panic":
		panic(io.ErrClosedPipe)
	}
	return []byte(v.how), nil
}

func (v *failing) UnmarshalBinary(b []byte) error {
	switch string(b) {
	case "late fail":
		return io.ErrClosedPipe
	case "late panic":
		panic(io.ErrClosedPipe)
	}
	return nil
}

func TestMarshalerFails(t *testing.T) {
	c, _ := of[[]failing](t)
	cases := []struct{ how, want string }{
		{"fail", "[]wire.failing[1]: MarshalBinary: io: read/write on closed pipe"},
		{"panic", "[]wire.failing[1]: MarshalBinary panicked: io: read/write on closed pipe"},
		{"late fail", "[]wire.failing[1] at byte 2: UnmarshalBinary: io: read/write on closed pipe"},
		{"late panic", "[]wire.failing[1] at byte 2: UnmarshalBinary panicked: io: read/write on closed pipe"},
	}
	for _, tc := range cases {
		b, err := c.Append(nil, []failing{{}, {tc.how}})
		if strings.HasPrefix(tc.how, "late") {
			assert.NoError(t, err, "%s: Append", tc.how)
			_, err = c.Decode(b)
		}
		assert.EqualError(t, err, tc.want, tc.how)
		assert.ErrorIs(t, err, io.ErrClosedPipe, tc.how)
		pe, ok := errors.AsType[*panics.PanicError](err)
		assert.Equal(t, strings.HasSuffix(tc.how, "panic"), ok, tc.how)
		if ok {
			assert.Contains(t, string(pe.Stack), "failing", tc.how)
		}
	}
	// The codec is as good as before.
	_, err := c.Append(nil, []failing{{"fine"}})
	assert.NoError(t, err)
}
