// Package regular opens regular files, and nothing else. A named pipe would keep the
// program waiting for a writer, a device may never end.
package regular

import (
	"errors"
	"io/fs"
	"os"
)

// Open opens a regular file for reading, without blocking. The error, a *fs.PathError,
// says what the path leads to if that is no regular file.
func Open(path string) (*os.File, error) {
	// The file that is looked at is the one that is open: a path may soon name another.
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file but " + kind(info.Mode()))}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// kind names what is no regular file.
func kind(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&os.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	case mode&os.ModeDevice != 0:
		return "a device"
	}
	return "of another kind"
}
