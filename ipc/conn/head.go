package conn

import (
	"encoding/binary"
	"math"
)

// The head of a message is its length in four bytes, most significant first, as Python
// has it: −1 there means that eight more bytes follow, with the length. −2 is ours: the
// message, whose length follows in four bytes, is the name of a file that travels with
// it.
const (
	longMessage = math.MaxUint32
	fileMessage = math.MaxUint32 - 1
)

// maxHead is how many bytes a head has at most.
const maxHead = 12

type messageKind uint8

const (
	noMessage messageKind = iota // its head is not complete
	bytesMessage
	filesMessage
)

// appendHead appends the head of a message of n bytes.
func appendHead(dst []byte, n int, file bool) []byte {
	switch {
	case file:
		dst = binary.BigEndian.AppendUint32(dst, fileMessage)
	case n > math.MaxInt32:
		dst = binary.BigEndian.AppendUint32(dst, longMessage)
		return binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

// parseHead reads a head, and says how many bytes it has. If head is too short for that,
// kind is noMessage, and needs says how many bytes are needed to go on.
func parseHead(head []byte) (kind messageKind, size uint64, needs int) {
	if len(head) < 4 {
		return noMessage, 0, 4
	}
	switch n := binary.BigEndian.Uint32(head); {
	case n == longMessage && len(head) < 12:
		return noMessage, 0, 12
	case n == longMessage:
		return bytesMessage, binary.BigEndian.Uint64(head[4:]), 12
	case n == fileMessage && len(head) < 8:
		return noMessage, 0, 8
	case n == fileMessage:
		return filesMessage, uint64(binary.BigEndian.Uint32(head[4:])), 8
	default:
		return bytesMessage, uint64(n), 4
	}
}
