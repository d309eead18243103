package wire

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/panics"
)

// The rule for *os.File in these tests. Outside of them it is another room's.
var asFile = Beside{
	Type: reflect.TypeFor[*os.File](),
	Detach: func(v any) (*os.File, []byte, error) {
		switch f := v.(*os.File); f.Name() {
		case "bad":
			return nil, nil, os.ErrClosed
		case "worse":
			panic("no")
		default:
			return f, []byte(f.Name()), nil
		}
	},
	Attach: func(_ reflect.Type, f *os.File, rest []byte) (any, error) {
		if f.Name() != string(rest) {
			return nil, errors.New("another file")
		}
		return f, nil
	},
}

func init() { Register(asFile) }

func named(name string) *os.File { return os.NewFile(1<<20, name) } // nobody's descriptor

// Files go beside the bytes, wherever in a value they are; nil ones do not.
func TestBeside(t *testing.T) {
	type node struct {
		Name string
		File *os.File
		Any  any
		More []*os.File
		Next *node
	}
	c, err := OfFiles[node]((*os.File)(nil))
	require.NoError(t, err)
	require.True(t, c.Files())
	a, b := named("a"), named("b")
	in := node{"x", a, b, []*os.File{nil, a}, &node{}}
	var files []*os.File
	data, err := c.AppendOn(nil, in, Terms{Files: &files})
	require.NoError(t, err)
	require.Equal(t, []*os.File{a, b, a}, files)
	out, err := c.DecodeFiles(data, &files)
	require.NoError(t, err)
	require.Equal(t, in, out)
	require.Equal(t, []*os.File{nil, nil, nil}, files, "each was taken")
	_, err = c.DecodeFiles(data, &files)
	require.ErrorContains(t, err, "file 1 of 3 is not there, or taken")
	_, err = c.Decode(data)
	require.ErrorContains(t, err, "node.File at byte 2: file 1 of 0 is not there")
	_, err = c.DecodeFiles(data, &[]*os.File{a, a, a})
	require.ErrorContains(t, err, "receiving it: another file")
	for n := range data {
		_, err = c.DecodeFiles(data[:n], &[]*os.File{a, b, a})
		require.Error(t, err)
	}

	files = nil
	data, err = c.AppendSliceOn(nil, []node{in, {File: b}}, Terms{Files: &files})
	require.NoError(t, err)
	require.Equal(t, []*os.File{a, b, a, b}, files)
	list, err := c.DecodeSliceFiles(nil, data, &files)
	require.NoError(t, err)
	require.Equal(t, []node{in, {File: b}}, list)
}

func TestBesideErrors(t *testing.T) {
	c, err := OfFiles[[]*os.File]()
	require.NoError(t, err)
	var files []*os.File
	_, err = c.AppendOn(nil, []*os.File{named("a"), named("bad")}, Terms{Files: &files})
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorContains(t, err, "[]*os.File[1]: sending it: file already closed")
	require.Len(t, files, 1)
	_, err = c.AppendOn(nil, []*os.File{named("worse")}, Terms{Files: &files})
	var p *panics.PanicError
	require.ErrorAs(t, err, &p)
	_, err = c.Append(nil, []*os.File{nil, named("a")})
	require.ErrorContains(t, err, "[]*os.File[1]: *os.File cannot travel this way")
	files = nil
	many := make([]*os.File, MaxFiles+1)
	for i := range many {
		many[i] = named("a")
	}
	_, err = c.AppendOn(nil, many, Terms{Files: &files})
	require.ErrorContains(t, err, "[]*os.File[64]: one file too many: no more than 64 can travel at once")

	plain, err := OfFiles[[]int]()
	require.NoError(t, err)
	require.False(t, plain.Files())
	_, err = Of[*os.File]()
	require.ErrorContains(t, err, "unexported")
}

func TestRegisterMisused(t *testing.T) {
	require.PanicsWithValue(t, "wire: Register(*os.File): the type has a rule", func() { Register(asFile) })
	require.PanicsWithValue(t, "wire: Register(os.File): want a pointer type or an interface type", func() { Register(Beside{Type: reflect.TypeFor[os.File]()}) })
	require.PanicsWithValue(t, "wire: Register(<nil>): want a pointer type or an interface type", func() { Register(Beside{}) })
}
