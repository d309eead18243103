package frame

import "bytes"

// Delimited is the codec of messages before a delimiter, which is not a part of them. A
// message that contains the delimiter, or would together with it, is refused with
// [ErrUnfit]. Bytes after the last delimiter of a stream are no message: Read returns
// io.ErrUnexpectedEOF for them. Delimited panics if end is empty.
func Delimited(end string) Codec {
	if end == "" {
		panic("frame: Delimited with an empty delimiter")
	}
	delimiter := []byte(end)
	return Codec{
		Split: func(data []byte, _ bool) (int, []byte, error) {
			i := bytes.Index(data, delimiter)
			if i < 0 {
				return 0, nil, nil
			}
			return i + len(delimiter), data[:i:i], nil
		},
		Append: func(dst, msg []byte) ([]byte, error) {
			start := len(dst)
			framed := append(append(dst, msg...), end...)
			if bytes.Index(framed[start:], delimiter) != len(msg) {
				return dst, ErrUnfit
			}
			return framed, nil
		},
		need: searching(delimiter),
	}
}

// searching returns the need of a codec whose messages end with a delimiter.
func searching(delimiter []byte) func(data []byte, seen int) (frame, size uint64) {
	return func(data []byte, seen int) (frame, size uint64) {
		from := max(seen-len(delimiter)+1, 0)
		if bytes.Contains(data[from:], delimiter) {
			return 0, 0
		}
		// The end of data may be the beginning of the delimiter.
		return uint64(len(data)) + 1, uint64(max(len(data)-len(delimiter)+1, 0))
	}
}

// Lines is the codec of lines of text. A line ends with "\n", and is read without it and
// without one "\r" before it. It is written with "\n". A message that contains "\n" or ends
// with "\r" is refused with [ErrUnfit], since it would be read as another one. A line that
// has no end when the stream ends is no message, other than for bufio.ScanLines: it may
// have been cut.
func Lines() Codec {
	newline := []byte("\n")
	return Codec{
		Split: func(data []byte, _ bool) (int, []byte, error) {
			i := bytes.IndexByte(data, '\n')
			if i < 0 {
				return 0, nil, nil
			}
			line := bytes.TrimSuffix(data[:i:i], []byte("\r"))
			return i + 1, line[:len(line):len(line)], nil
		},
		Append: func(dst, msg []byte) ([]byte, error) {
			if bytes.IndexByte(msg, '\n') >= 0 || bytes.HasSuffix(msg, []byte("\r")) {
				return dst, ErrUnfit
			}
			return append(append(dst, msg...), '\n'), nil
		},
		need: func(data []byte, seen int) (frame, size uint64) {
			if bytes.Contains(data[seen:], newline) {
				return 0, 0
			}
			// The last byte may be a "\r", which does not count.
			return uint64(len(data)) + 1, uint64(max(len(data)-1, 0))
		},
	}
}
