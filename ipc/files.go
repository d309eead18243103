package ipc

import (
	"bytes"
	"os"
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
