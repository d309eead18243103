// Package fresh allocates memory that is about to be written from end to end.
package fresh

import (
	"strings"
	"unsafe"
)

// populateFrom is how many bytes are worth a system call that has the system provide all
// their pages at once, where each page would be a fault of its own.
const populateFrom = 64 << 10

// Bytes returns n bytes with undefined contents: they are not cleared, and no page of a
// large n is still missing. The caller writes all of them.
func Bytes(n int) []byte {
	if n == 0 {
		return []byte{}
	}
	var b strings.Builder // the one way to memory that is not cleared
	b.Grow(n)
	b.WriteByte(0)
	p := unsafe.Slice(unsafe.StringData(b.String()), n)
	if n >= populateFrom {
		populate(p)
	}
	return p[:n:n]
}

// Clone returns a copy of p that is not nil.
func Clone(p []byte) []byte {
	b := Bytes(len(p))
	copy(b, p)
	return b
}
