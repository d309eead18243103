package frame

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Length is the codec of messages after their lengths, which are unsigned numbers of width
// bytes in the order given: Length(4, binary.BigEndian) is the most usual. A message that
// is longer than the width can say is refused with a [*TooLargeError]. Length panics for a
// width other than 1, 2, 4 and 8, and for a nil order.
func Length(width int, order binary.ByteOrder) Codec {
	if order == nil {
		panic("frame: Length with a nil order")
	}
	most := uint64(math.MaxUint64)
	switch width {
	case 1, 2, 4:
		most = 1<<(8*width) - 1
	case 8:
	default:
		panic(fmt.Sprintf("frame: Length with width %d", width))
	}
	head := func(data []byte) uint64 {
		switch width {
		case 1:
			return uint64(data[0])
		case 2:
			return uint64(order.Uint16(data))
		case 4:
			return uint64(order.Uint32(data))
		}
		return order.Uint64(data)
	}
	return Codec{
		Split: func(data []byte, _ bool) (int, []byte, error) {
			if len(data) < width {
				return 0, nil, nil
			}
			size := head(data)
			if uint64(len(data)-width) < size {
				return 0, nil, nil
			}
			end := width + int(size)
			return end, data[width:end:end], nil
		},
		Append: func(dst, msg []byte) ([]byte, error) {
			size := uint64(len(msg))
			if size > most {
				return dst, &TooLargeError{Size: len(msg), Limit: int(most)}
			}
			dst = append(dst, zeros[:width]...)
			head := dst[len(dst)-width:] // in place: order would make a variable escape
			switch width {
			case 1:
				head[0] = byte(size)
			case 2:
				order.PutUint16(head, uint16(size))
			case 4:
				order.PutUint32(head, uint32(size))
			case 8:
				order.PutUint64(head, size)
			}
			return append(dst, msg...), nil
		},
		need: func(data []byte, _ int) (frame, size uint64) {
			if len(data) < width {
				return uint64(width), 0
			}
			size = head(data)
			return sum(uint64(width), size), size
		},
	}
}

var zeros [8]byte

// sum returns a+b, or the largest number there is.
func sum(a, b uint64) uint64 {
	if a+b < a {
		return math.MaxUint64
	}
	return a + b
}
