package frame

import (
	"encoding/binary"
)

// Varint is the codec of messages after their lengths, which are numbers in seven bits for
// each byte, the lowest first, as binary.Uvarint reads them and Protocol Buffers delimit
// messages. A length of more than ten bytes, or of more than 64 bits, is [ErrMalformed].
// Lengths with more bytes than they need are accepted.
func Varint() Codec {
	return Codec{
		Split: func(data []byte, _ bool) (int, []byte, error) {
			size, n := binary.Uvarint(data)
			switch {
			case n < 0:
				return 0, nil, ErrMalformed
			case n == 0:
				if len(data) >= binary.MaxVarintLen64 {
					return 0, nil, ErrMalformed // it would go on with the eleventh byte
				}
				return 0, nil, nil
			case uint64(len(data)-n) < size:
				return 0, nil, nil
			}
			end := n + int(size)
			return end, data[n:end:end], nil
		},
		Append: func(dst, msg []byte) ([]byte, error) {
			return append(binary.AppendUvarint(dst, uint64(len(msg))), msg...), nil
		},
		need: func(data []byte, _ int) (frame, size uint64) {
			size, n := binary.Uvarint(data)
			switch {
			case n > 0:
				return sum(uint64(n), size), size
			case n == 0 && len(data) < binary.MaxVarintLen64:
				return uint64(len(data)) + 1, 0
			}
			return 0, 0 // Split knows
		},
	}
}
