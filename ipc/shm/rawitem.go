package shm

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// A []byte or a string that is not small goes from the caller's memory to the queue's
// without an encoding in between, and from there into memory that Go need not clear
// first. Both have the form of package wire: a length before the bytes, which is one more
// for a []byte, since 0 says that it is nil.

// rawLeast is how many bytes are worth it.
const rawLeast = 1 << 10

// raw returns what v points at, and what is added to its length, if that is a []byte or a
// string.
func raw(v any) (data []byte, more uint64, ok bool) {
	switch v := v.(type) {
	case *[]byte:
		return *v, 1, true
	case *string:
		return unsafe.Slice(unsafe.StringData(*v), len(*v)), 0, true
	}
	return nil, 0, false
}

// rawItem returns v as an item, if it is a []byte or a string that is not small and not
// above the limit. The length, which is the item's head, goes behind b.
func rawItem[T any](b []byte, v *T, limit int) (_ []byte, item robust.Item, ok bool) {
	data, more, ok := raw(v)
	if !ok || len(data) < rawLeast {
		return b, item, false
	}
	whole := binary.AppendUvarint(b, uint64(len(data))+more)
	if len(whole)-len(b)+len(data) > limit {
		return b, item, false
	}
	return whole, robust.Item{Body: data}, true
}

// rawValue makes *v a copy of an item that rawItem has made. It returns false for others.
func rawValue[T any](src []byte, v *T) bool {
	_, more, ok := raw(v)
	if !ok || len(src) < rawLeast {
		return false
	}
	length, head := binary.Uvarint(src)
	if head <= 0 || length != uint64(len(src)-head)+more {
		return false
	}
	switch v := any(v).(type) {
	case *[]byte:
		*v = bytes.Clone(src[head:])
	case *string:
		*v = string(src[head:])
	}
	return true
}
