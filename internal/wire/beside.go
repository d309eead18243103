package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"reflect"
	"unsafe"
)

// A Beside says how the values of a type travel that are no bytes: each as an open
// file, and some bytes besides.
type Beside struct {
	Type reflect.Type // a pointer type; nil pointers travel as such

	// Detach returns what goes for v, which is a Type and not nil.
	Detach func(v any) (f *os.File, rest []byte, err error)

	// Attach makes a Type of what came. It does not keep rest.
	Attach func(f *os.File, rest []byte) (v any, err error)
}

// MaxFiles is how many files may travel beside one value.
const MaxFiles = 64

// ErrManyFiles is what the error for a value with more of them wraps.
var ErrManyFiles = fmt.Errorf("one file too many: no more than %d can travel at once", MaxFiles)

// ErrFilesUnsupported is the error, which wraps errors.ErrUnsupported, of files that
// a way between processes cannot carry.
var ErrFilesUnsupported = fmt.Errorf("ipc: files do not travel this way: %w", errors.ErrUnsupported)

// Files reports whether a T may hold what travels beside the bytes.
func (c *Codec[T]) Files() bool { return c.files }

func (c *compiler) besideOf(t reflect.Type) *Beside {
	for i := range c.beside {
		if c.beside[i].Type == t {
			return &c.beside[i]
		}
	}
	return nil
}

func (b *Beside) least() int { return 1 }

func (b *Beside) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if *(*unsafe.Pointer)(p) == nil {
		return append(dst, 0), nil
	}
	switch {
	case at.files == nil:
		return nil, &fault{reason: fmt.Sprintf("%v cannot travel this way", b.Type)}
	case len(*at.files) == MaxFiles:
		return nil, &fault{reason: ErrManyFiles.Error(), err: ErrManyFiles}
	}
	var file *os.File
	var rest []byte
	v := reflect.NewAt(b.Type, p).Elem().Interface()
	f := call("sending it", func() (err error) {
		file, rest, err = b.Detach(v)
		return err
	})
	if f != nil {
		return nil, f
	}
	*at.files = append(*at.files, file)
	dst = binary.AppendUvarint(dst, uint64(len(*at.files)))
	return append(binary.AppendUvarint(dst, uint64(len(rest))), rest...), nil
}

func (b *Beside) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	n, size := binary.Uvarint(src)
	var given []*os.File
	if at.files != nil {
		given = *at.files
	}
	switch {
	case size <= 0:
		return nil, badLength(src)
	case n == 0:
		return src[size:], nil
	case n > uint64(len(given)) || given[n-1] == nil:
		return nil, &fault{reason: fmt.Sprintf("file %d of %d is not there, or taken", n, len(given)), left: len(src)}
	}
	rest, after, f := readBytes(src[size:])
	if f != nil {
		return nil, f
	}
	f = call("receiving it", func() error {
		v, err := b.Attach(given[n-1], rest)
		if err == nil {
			reflect.NewAt(b.Type, p).Elem().Set(reflect.ValueOf(v))
		}
		return err
	})
	if f != nil {
		f.left = len(src)
		return nil, f
	}
	given[n-1] = nil
	return after, nil
}
