package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	celsius float64
	circle  struct{ R float64 }
	square  struct{ Side *int }
	group   struct{ Shapes []shape }
	shape   interface{ area() float64 }

	drawing struct {
		Name string
		Main shape
		All  map[string]shape
		Note any
		Err  error
	}
)

func (c circle) area() float64  { return 3 * c.R * c.R }
func (s *square) area() float64 { return float64(*s.Side * *s.Side) }
func (g group) area() float64   { return 0 }

func TestInterfaces(t *testing.T) {
	types := []any{circle{}, (*square)(nil), group{}, celsius(0), (*fs.PathError)(nil), errCode(0), time.Time{}, circle{R: 5}, 0}
	direct, portable := of[drawing](t, types...)
	for _, v := range []drawing{
		{},
		{Name: "a", Main: circle{1}, All: map[string]shape{"": nil, "b": &square{new(2)}, "c": (*square)(nil)}},
		{Main: group{}, Note: group{[]shape{group{[]shape{}}, circle{2}}}},
		{Note: celsius(5), Err: errCode(3)},
		{Note: []any{celsius(1), circle{1}, time.Unix(5, 0).UTC(), map[string]any{"x": &square{}}}},
		{Err: &fs.PathError{Op: "open", Path: "p", Err: errCode(2)}},
	} {
		roundTrip(t, direct, portable, v)
	}

	// circle travels in any only because it was registered there too.
	anys, _ := of[any](t, types...)
	b, err := anys.Append(nil, circle{1})
	assert.NoError(t, err)
	assert.Contains(t, string(b), "github.com/fanfold/fanfold/internal/wire.circle")
	shapes, _ := of[shape](t, circle{}, celsius(0)) // celsius is no shape: ignored
	_, err = shapes.Append(nil, group{})
	assert.EqualError(t, err, "wire.shape: concrete type wire.group is not registered")
	// A name that any knows but this interface cannot hold.
	b, err = anys.Append(nil, celsius(1))
	require.NoError(t, err)
	v, err := shapes.Decode(b)
	assert.Error(t, err, "a celsius arrived as the shape %v", v)
}

type errCode int

func (e errCode) Error() string { return fmt.Sprint("code ", int(e)) }

func TestErrorInterface(t *testing.T) {
	c, _ := of[error](t, errCode(0))
	b, err := c.Append(nil, errCode(7))
	require.NoError(t, err)
	got, err := c.Decode(b)
	assert.NoError(t, err)
	assert.Equal(t, errCode(7), got)
	_, err = c.Append(nil, errors.New("other"))
	assert.Error(t, err, "an unregistered error travelled")
}

type pair[A, B any] struct {
	X A
	Y B
}

func TestTypeName(t *testing.T) {
	const here = "github.com/fanfold/fanfold/internal/wire."
	for want, v := range map[string]any{
		"int":                                 0,
		"[]uint8":                             []byte(nil),
		"*" + here + "circle":                 &circle{},
		"map[string][3]*" + here + "celsius":  map[string][3]*celsius{},
		here + "pair[int," + here + "circle]": pair[int, circle]{},
		"*text/template.Template":             &template.Template{},
		"struct {}":                           struct{}{},
	} {
		assert.Equal(t, want, typeName(reflect.TypeOf(v)))
	}
}
