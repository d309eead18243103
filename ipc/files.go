package ipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"reflect"
	"slices"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// ErrManyFiles matches the error of a call whose argument or result holds more than 64
// files, connections and handles.
var ErrManyFiles = wire.ErrManyFiles

// ErrFilesUnsupported is what errors.Is finds, beside errors.ErrUnsupported, in the
// error of a call whose files its [Carrier] cannot carry.
var ErrFilesUnsupported = wire.ErrFilesUnsupported

func init() {
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[*Connection](),
		Detach: func(v any) (*os.File, []byte, error) { return v.(*Connection).detach() },
		Attach: func(f *os.File, rest []byte) (any, error) { return attachConnection(f, rest) },
	})
}

// detach returns what travels for the connection: its descriptor, and its limit. What
// was received here and not taken would be lost.
func (c *Connection) detach() (*os.File, []byte, error) {
	select {
	case c.receiving <- struct{}{}:
		defer leave(c.receiving)
	default:
		return nil, nil, errors.New("somebody is receiving on the connection")
	}
	if len(c.buf) > 0 || len(c.head) > 0 || c.kind != noMessage || len(c.files) > 0 {
		return nil, nil, errors.New("the connection has received what nobody has taken")
	}
	return c.file, binary.AppendUvarint(nil, uint64(c.limit)), fds.StillOpen(c.file)
}

// attachConnection makes a connection of what detach returned in another process.
func attachConnection(f *os.File, rest []byte) (*Connection, error) {
	limit, n := binary.Uvarint(rest)
	if n <= 0 || n != len(rest) || limit == 0 || limit > math.MaxInt {
		return nil, errProtocol
	}
	c, err := FileConnection(f, ConnectionOptions{MaxMessage: int(limit)})
	if err == nil {
		f.Close()
	}
	return c, err
}

// unpack decodes what files came with, and closes those that are not in it: all of
// them if it cannot be decoded.
func unpack[T any](files []*os.File, decode func(*[]*os.File) (T, error)) (v T, err error) {
	if len(files) == 0 {
		return decode(nil)
	}
	left, decoded := slices.Clone(files), false
	defer func() {
		if !decoded {
			left = files
		}
		fds.CloseAll(left)
	}()
	v, err = decode(&left)
	decoded = err == nil
	return v, err
}

// longestName is what is kept of a file's name on the way.
const longestName = 255

// appendNames appends the names of files, each with its end.
func appendNames(dst []byte, files []*os.File) []byte {
	for _, f := range files {
		name := f.Name()
		name = name[:min(len(name), longestName)]
		dst = append(append(dst, bytes.ReplaceAll([]byte(name), []byte{0}, []byte{'?'})...), 0)
	}
	return dst
}

// maxNames is how long the names of files that travel at once can be together.
const maxNames = (maxFiles + 1) * (longestName + 1)

// named makes files of descriptors, by their names. It takes the descriptors.
func named(rights fds.Arrivals, names []byte) []*os.File {
	files := make([]*os.File, 0, len(rights))
	for len(rights) > 0 {
		var name []byte
		name, names, _ = bytes.Cut(names, []byte{0})
		files = append(files, rights.Take(string(name)))
	}
	return files
}
