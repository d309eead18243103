package frame

import "bufio"

// A Codec says how messages are put into a stream of bytes. It is two functions, and a
// program may make one of its own. The functions are called by several goroutines at the
// same time, for different connections.
type Codec struct {
	// Split finds the next message in the bytes that have come, as for a bufio.Scanner:
	// bufio.ScanWords fits. For more bytes it returns 0, nil, nil, and is called again
	// with the same bytes and more after each read. At the end of the stream, with atEOF,
	// it may return what is left as a message; a Codec of this package never does.
	Split bufio.SplitFunc
	// Append appends msg in its frame to dst, and returns the result. It returns an
	// error for a message that the frame cannot hold; then nothing is sent. It must not
	// change what is in dst already.
	Append func(dst, msg []byte) ([]byte, error)

	// need, if set, looks at data, which is incomplete, before Split does: the next message
	// is complete with frame bytes at the earliest, and size is its length at least. It
	// need not look again at the first seen bytes, from which it has returned more than
	// there were. So a message that is too long is refused when its length has come, and a
	// delimiter is looked for once in each byte.
	need func(data []byte, seen int) (frame, size uint64)
}

// check panics if the codec lacks a function.
func (c Codec) check(op string) {
	if c.Split == nil || c.Append == nil {
		panic("frame: " + op + " with a Codec that lacks Split or Append")
	}
}
