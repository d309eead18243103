package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// A Beside is the rule for values that are no bytes: each travels as an open file, and
// some bytes besides.
type Beside struct {
	// Type is a pointer type, or an interface type: the rule is then for all pointer
	// types that implement it, and have no rule of their own. nil pointers travel as
	// such.
	Type reflect.Type

	// Shared says that several values may travel as one file, which goes once.
	Shared bool

	// Detach returns what goes for v, which is not nil.
	Detach func(v any) (f *os.File, rest []byte, err error)

	// Attach makes a value of the type t of what came. It does not keep rest. It takes
	// the file. For the second value of a shared file f is nil.
	Attach func(t reflect.Type, f *os.File, rest []byte) (v any, err error)
}

// A beside is a rule as it is for one type.
type beside struct {
	*Beside
	of reflect.Type
}

// besides are the registered rules.
var besides struct {
	sync.RWMutex
	rules map[reflect.Type]*Beside
	wide  []*Beside // those of interface types
}

// Register adds a rule for the codecs that [OfFiles] compiles from then on. The package
// that declares the type calls it in an init function. A codec that can hold the type
// is compiled in a package that imports that one, in a package-level variable at the
// earliest: Go has run the init function by then.
//
// Register panics if the type is neither a pointer nor an interface, or has a rule
// already.
func Register(rule Beside) {
	if rule.Type == nil || rule.Type.Kind() != reflect.Pointer && rule.Type.Kind() != reflect.Interface {
		panic(fmt.Sprintf("wire: Register(%v): want a pointer type or an interface type", rule.Type))
	}
	besides.Lock()
	defer besides.Unlock()
	if besides.rules[rule.Type] != nil {
		panic(fmt.Sprintf("wire: Register(%v): the type has a rule", rule.Type))
	}
	if besides.rules == nil {
		besides.rules = map[reflect.Type]*Beside{}
	}
	besides.rules[rule.Type] = &rule
	if rule.Type.Kind() == reflect.Interface {
		besides.wide = append(besides.wide, &rule)
	}
}

// MaxFiles is how many files may travel beside one value.
const MaxFiles = 64

// ErrManyFiles is the error, wrapped, of a value with more of them.
var ErrManyFiles = fmt.Errorf("one file too many: no more than %d can travel at once", MaxFiles)

// ErrAbsent is the error, wrapped, of a [Beside].Attach without a file, of a value that
// this process does not have yet.
var ErrAbsent = errors.New("what it belongs to has not come, and is not here")

// ErrFilesUnsupported is the error, which wraps errors.ErrUnsupported, of files that
// a way between processes cannot carry.
var ErrFilesUnsupported = fmt.Errorf("ipc: files do not travel this way: %w", errors.ErrUnsupported)

// Files reports whether a T may hold what travels beside the bytes.
func (c *Codec[T]) Files() bool { return c.files }

// besideOf returns the rule for t, nil if there is none that this compiler may use.
func (c *compiler) besideOf(t reflect.Type) *beside {
	if !c.besides || t.Kind() != reflect.Pointer {
		return nil
	}
	besides.RLock()
	defer besides.RUnlock()
	if rule := besides.rules[t]; rule != nil {
		return &beside{rule, t}
	}
	for _, rule := range besides.wide {
		if t.Implements(rule.Type) {
			return &beside{rule, t}
		}
	}
	return nil
}

func (b *beside) least() int { return 1 }

func (b *beside) encode(dst []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
	if *(*unsafe.Pointer)(p) == nil {
		return append(dst, 0), nil
	}
	if at.files == nil {
		return nil, &fault{reason: fmt.Sprintf("%v cannot travel this way", b.of)}
	}
	var file *os.File
	var rest []byte
	v := reflect.NewAt(b.of, p).Elem().Interface()
	f := call("sending it", func() (err error) {
		file, rest, err = b.Detach(v)
		return err
	})
	if f == nil {
		f = at.room(dst, len(rest))
	}
	if f != nil {
		return nil, f
	}
	n := -1
	if b.Shared {
		n = slices.Index(*at.files, file)
	}
	if n < 0 {
		if n = len(*at.files); n == MaxFiles {
			return nil, &fault{reason: ErrManyFiles.Error(), err: ErrManyFiles}
		}
		*at.files = append(*at.files, file)
		if b.Shared && at.shared != nil {
			*at.shared++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n+1))
	return append(binary.AppendUvarint(dst, uint64(len(rest))), rest...), nil
}

func (b *beside) decode(src []byte, p unsafe.Pointer, at spot) ([]byte, *fault) {
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
	case n > uint64(len(given)) || given[n-1] == nil && !b.Shared:
		return nil, &fault{reason: fmt.Sprintf("file %d of %d is not there, or taken", n, len(given)), left: len(src)}
	}
	rest, after, f := readBytes(src[size:])
	if f != nil {
		return nil, f
	}
	file := given[n-1]
	f = call("receiving it", func() error {
		v, err := b.Attach(b.of, file, rest)
		if err == nil {
			reflect.NewAt(b.of, p).Elem().Set(reflect.ValueOf(v))
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
