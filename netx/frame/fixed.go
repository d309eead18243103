package frame

import "fmt"

// Fixed is the codec of messages that all have the same length, and nothing between them.
// A message of another length is refused with [ErrUnfit]. Fixed panics if n is not
// positive.
func Fixed(n int) Codec {
	if n <= 0 {
		panic(fmt.Sprintf("frame: Fixed with length %d", n))
	}
	return Codec{
		Split: func(data []byte, _ bool) (int, []byte, error) {
			if len(data) < n {
				return 0, nil, nil
			}
			return n, data[:n:n], nil
		},
		Append: func(dst, msg []byte) ([]byte, error) {
			if len(msg) != n {
				return dst, ErrUnfit
			}
			return append(dst, msg...), nil
		},
		need: func([]byte, int) (frame, size uint64) { return uint64(n), uint64(n) },
	}
}
