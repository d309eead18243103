package ipc

import (
	"os"
	"slices"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// ErrManyFiles matches the error of a call whose argument or result holds more than 64
// files, connections and handles.
var ErrManyFiles = wire.ErrManyFiles

// ErrFilesUnsupported matches the error of a call whose files its [Carrier] cannot carry.
// That error also matches errors.ErrUnsupported.
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
