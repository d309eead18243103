package fds

import (
	"os"
	"reflect"

	"github.com/fanfold/fanfold/internal/wire"
)

// An open file travels as itself. The rule is here, and not in a room whose values are
// calls or messages, so that each of those has it.
func init() {
	wire.Register(wire.Beside{
		Type:   reflect.TypeFor[*os.File](),
		Detach: func(v any) (*os.File, []byte, error) { f := v.(*os.File); return f, nil, StillOpen(f) },
		Attach: func(_ reflect.Type, f *os.File, _ []byte) (any, error) { return f, nil },
	})
}

// DuplicateAll returns a duplicate of each of files. The caller closes them. It
// returns no files if it fails for one.
func DuplicateAll(files []*os.File) ([]*os.File, error) {
	var list []*os.File
	for _, f := range files {
		dup, err := Duplicate(f)
		if err != nil {
			CloseAll(list)
			return nil, err
		}
		list = append(list, dup)
	}
	return list, nil
}

// CloseAll closes files. Some of them may be nil.
func CloseAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// StillOpen returns an error matching os.ErrClosed if f is closed.
func StillOpen(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	return RawError(raw.Control(func(uintptr) {}))
}

// With calls f with the descriptors of files, in their order, and returns its error.
// None of files is closed while f runs. (os.File.Fd would make them block from then
// on.)
func With(files []*os.File, f func(fds []int) error) error {
	return with(files, nil, f)
}

func with(files []*os.File, fds []int, f func(fds []int) error) error {
	if len(files) == 0 {
		return f(fds)
	}
	raw, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = with(files[1:], append(fds, int(fd)), f) })
	if err != nil {
		return RawError(err)
	}
	return failed
}
