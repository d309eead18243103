package wire

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

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
		if err != nil || string(b) != want {
			t.Fatalf("got %q and %v, want %q", b, err, want)
		}
		got, err := c.Decode(b)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(v) {
			t.Errorf("got %v and %v, want %v", got, err, v)
		}
	}
}

// A GobDecode may keep its argument; Decode must not keep src.
func TestGobKeeps(t *testing.T) {
	c, _ := of[byGob](t)
	b, err := c.Append(nil, byGob{[]byte("abc")})
	if err != nil || string(b) != "\x03abc" {
		t.Fatalf("got %q and %v", b, err)
	}
	v, err := c.Decode(b)
	clear(b)
	if err != nil || string(v.s) != "abc" {
		t.Errorf("got %q and %v after src was cleared", v.s, err)
	}
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
	if b, err := codables.Append(nil, codable{N: 5}); err != nil || string(b) != "\x00\x05" {
		t.Errorf("an embedded interface: got %q and %v", b, err)
	}
	c, _ := of[stampedDeep](t)
	b, err := c.Append(nil, stampedDeep{stamp, 5})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Decode(b); err != nil || v.Zone != "z" || v.N != 5 || !v.Equal(now) {
		t.Errorf("got %v and %v", v, err)
	}
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
			if err != nil {
				t.Errorf("%s: Append: %v", tc.how, err)
			}
			_, err = c.Decode(b)
		}
		if err == nil || err.Error() != tc.want || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: got %v, want %q", tc.how, err, tc.want)
		}
		pe, ok := errors.AsType[*panics.PanicError](err)
		if ok != strings.HasSuffix(tc.how, "panic") || ok && !strings.Contains(string(pe.Stack), "failing") {
			t.Errorf("%s: the panic is %v", tc.how, pe)
		}
	}
	// The codec is as good as before.
	if _, err := c.Append(nil, []failing{{"fine"}}); err != nil {
		t.Error(err)
	}
}
