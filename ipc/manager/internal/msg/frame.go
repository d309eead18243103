package msg

import (
	"encoding/binary"
	"errors"
)

// ErrFrame is the error of bytes that are no message.
var ErrFrame = errors.New("manager: a message that makes no sense")

// head is how many bytes a length takes, as in package conn.
const head = 4

// Next returns the message at the beginning of b, and what follows it. ok is false if b
// does not have the whole of it; need is then how long b has to be, as far as is known.
func Next(b []byte) (message, rest []byte, need int, err error) {
	if len(b) < head {
		return nil, b, head, nil
	}
	n := binary.BigEndian.Uint32(b)
	if n > MaxMessage || n == 0 {
		return nil, b, 0, ErrFrame
	}
	if len(b)-head < int(n) {
		return nil, b, head + int(n), nil
	}
	return b[head : head+int(n)], b[head+int(n):], 0, nil
}

// Begin leaves room for the length of a message. End fills it in.
func Begin(b []byte) ([]byte, int) { return append(b, 0, 0, 0, 0), len(b) }

// End fills in the length of the message that began at start. Without a room for the
// message it takes it back, and reports false.
func End(b []byte, start int) ([]byte, bool) {
	n := len(b) - start - head
	if n > MaxMessage {
		return b[:start], false
	}
	binary.BigEndian.PutUint32(b[start:], uint32(n))
	return b, true
}

// Uint appends a number.
func Uint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// Int appends a number that may be negative.
func Int(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) }

// Bytes appends a string of bytes with its length.
func Bytes[B string | []byte](b []byte, s B) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// A Reader reads what Uint, Int and Bytes have appended. After bytes that make no sense
// Bad is true, and what is read is zero.
type Reader struct {
	B   []byte
	Bad bool
}

// Uint reads a number.
func (r *Reader) Uint() uint64 {
	n, size := binary.Uvarint(r.B)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.B = r.B[size:]
	return n
}

// Int reads a number that may be negative.
func (r *Reader) Int() int {
	n, size := binary.Varint(r.B)
	if size <= 0 || int64(int(n)) != n {
		r.fail()
		return 0
	}
	r.B = r.B[size:]
	return int(n)
}

// Count reads a number of things that take at least one byte each.
func (r *Reader) Count() int {
	n := r.Uint()
	if n > uint64(len(r.B)) {
		r.fail()
		return 0
	}
	return int(n)
}

// Byte reads one byte.
func (r *Reader) Byte() byte {
	if len(r.B) == 0 {
		r.fail()
		return 0
	}
	b := r.B[0]
	r.B = r.B[1:]
	return b
}

// Bytes reads a string of bytes, which lies in the message.
func (r *Reader) Bytes() []byte {
	n := r.Uint()
	if n > uint64(len(r.B)) {
		r.fail()
		return nil
	}
	b := r.B[:n:n]
	r.B = r.B[n:]
	return b
}

// String reads a string of bytes and copies it.
func (r *Reader) String() string { return string(r.Bytes()) }

func (r *Reader) fail() { r.B, r.Bad = nil, true }
