package wire

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/internal/panics"
)

// A TypeError says why a type cannot travel.
type TypeError struct {
	Type   reflect.Type // the type at fault; nil for a nil example
	Path   string       // where it was met, such as "main.Job.Done"
	Reason string       // such as "chan int cannot travel"
}

// Error returns path and reason, without a package's prefix: the caller of this
// package knows what its user calls it.
func (e *TypeError) Error() string { return e.Path + ": " + e.Reason }

// An EncodeError says why a value of a type that can travel does not.
type EncodeError struct {
	Path   string       // where, such as "main.Job.Parts[3].Owner"
	Reason string       // such as "concrete type main.Owner is not registered"
	Err    error        // what a method of the value returned or panicked with, or nil
	Type   reflect.Type // the type that is not registered, or nil

	caught *panics.Caught
}

// Error returns path and reason.
func (e *EncodeError) Error() string { return e.Path + ": " + e.Reason }

// Unwrap returns Err; a panic is a *panics.PanicError with its stack.
func (e *EncodeError) Unwrap() error { return e.Err }

// Raise goes on with the panic of a method of the value. Without one it returns.
func (e *EncodeError) Raise() { e.caught.Raise() }

// A DecodeError says why bytes are not a value.
type DecodeError struct {
	Path   string // where in the value, such as "main.Job.Parts[3].Owner"
	Offset int    // how many bytes were read before those at fault
	Reason string // such as "3 bytes left over"
	Err    error  // what a method of the value returned or panicked with, or nil

	caught *panics.Caught
}

// Error returns path, offset and reason.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s at byte %d: %s", e.Path, e.Offset, e.Reason)
}

// Unwrap returns Err; a panic is a *panics.PanicError with its stack.
func (e *DecodeError) Unwrap() error { return e.Err }

// Raise goes on with the panic of a method of the value. Without one it returns.
func (e *DecodeError) Raise() { e.caught.Raise() }

// A fault is an error on its way up through the coders, each of which adds its
// part of the path. It becomes an EncodeError or a DecodeError at the top.
type fault struct {
	reason string
	err    error
	caught *panics.Caught
	typ    reflect.Type // that is not registered
	size   int          // not 0 if the value is too large: what it takes at least, in bytes of dst
	ended  error        // the cause of the ctx that ended meanwhile
	left   int          // bytes not yet read, while decoding
	path   []string     // innermost first
}

// within adds the part of the path that leads to f from one level up.
func (f *fault) within(part string) *fault {
	f.path = append(f.path, part)
	return f
}

// encodeError returns the error of a value of the type root, encoded under terms behind
// so many bytes.
func (f *fault) encodeError(root string, t *Terms, begin int) error {
	switch {
	case f.ended != nil:
		return f.ended
	case f.size > 0:
		return &TooLargeError{Size: f.size - begin, Limit: t.Limit, Partial: true}
	}
	return &EncodeError{Path: f.join(root), Reason: f.reason, Err: f.err, Type: f.typ, caught: f.caught}
}

func (f *fault) decodeError(root string, size int) error {
	return &DecodeError{Path: f.join(root), Offset: size - f.left, Reason: f.reason, Err: f.err, caught: f.caught}
}

// join returns the whole path, shortened in the middle: that of a cycle has
// thousands of parts.
func (f *fault) join(root string) string {
	const ends = 8
	parts := slices.Clone(f.path)
	slices.Reverse(parts)
	if len(parts) > 2*ends {
		parts = slices.Replace(parts, ends, len(parts)-ends, "…")
	}
	return root + strings.Join(parts, "")
}

// tooDeep is the fault of a value, or of bytes with left of them unread, that
// nest deeper than maxDepth.
func tooDeep(left int) *fault {
	return &fault{reason: fmt.Sprintf("nested deeper than %d levels, or a cycle", maxDepth), left: left}
}

// short is the fault of src when a value needs more bytes than it has.
func short(src []byte, need int) *fault {
	return &fault{reason: fmt.Sprintf("unexpected end: %d of %d bytes", len(src), need), left: len(src)}
}

// checkEnd is the fault of bytes left over.
func checkEnd(rest []byte) *fault {
	if len(rest) == 0 {
		return nil
	}
	return &fault{reason: fmt.Sprintf("%d bytes left over", len(rest)), left: len(rest)}
}
