package ipc

import (
	"io"
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

// places are where files stand: −1 for one that cannot say.
type places []int64

// placesOf returns where files stand.
func placesOf(files []*os.File) places {
	var p places
	for _, f := range files {
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			at = -1
		}
		p = append(p, at)
	}
	return p
}

// back has files stand where they stood. It reports false if one cannot, such as a pipe:
// what was read from it is gone. A handle has nothing to lose.
func (p places) back(files []*os.File) bool {
	for i, f := range files {
		if p[i] < 0 {
			if !isHandle(f) {
				return false
			}
		} else if _, err := f.Seek(p[i], io.SeekStart); err != nil {
			return false
		}
	}
	return true
}
