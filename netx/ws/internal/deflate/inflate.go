package deflate

import (
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// ErrLimit is the error of [Inflate] when a message is larger than its limit.
var ErrLimit = errors.New("deflate: the message is larger than the limit")

// A Reader inflates one message from what its source has of it. Make one with
// [NewReader], and call Close when it is not needed any more.
type Reader struct {
	source source
	flate  io.ReadCloser // and a flate.Resetter
}

// readers are kept for other messages: each has a window of 32 KiB.
var readers = sync.Pool{New: func() any {
	r := &Reader{}
	r.flate = flate.NewReader(&r.source)
	return r
}}

// NewReader returns a Reader of the message that r has the compressed bytes of. An error
// of r other than io.EOF is the Reader's, and stays.
func NewReader(r io.Reader) *Reader {
	z := readers.Get().(*Reader)
	z.source.reset(r)
	z.restart()
	return z
}

func (z *Reader) restart() {
	// It fails for no source.
	_ = z.flate.(flate.Resetter).Reset(&z.source, nil)
}

// Read inflates. A block that calls itself the last one ends no message: what comes
// after it is inflated as well (RFC 7692, section 7.2.3.4).
func (z *Reader) Read(p []byte) (n int, err error) {
	for {
		n, err = z.flate.Read(p)
		if err != io.EOF {
			if z.source.err != nil {
				err = z.source.err
			}
			return n, err
		}
		if z.source.ended() {
			return n, z.source.end()
		}
		z.restart()
		if n > 0 {
			return n, nil
		}
	}
}

// Close makes the Reader available for other messages. It must not be used after that.
func (z *Reader) Close() {
	z.source.reset(nil)
	readers.Put(z)
}

// Inflate appends the message whose compressed bytes r has to what grow returns for dst:
// a slice with the same content and room for more. It stops with ErrLimit when the message
// is larger than limit bytes.
func Inflate(dst []byte, r io.Reader, limit int, grow func([]byte) []byte) ([]byte, error) {
	z := NewReader(r)
	defer z.Close()
	for size := 0; ; {
		var probe [1]byte // tells that the limit is passed
		room := probe[:]
		if size < limit {
			if len(dst) == cap(dst) {
				dst = grow(dst)
			}
			room = dst[len(dst):cap(dst)]
			room = room[:min(len(room), limit-size)]
		}
		n, err := z.Read(room)
		if size += n; size > limit {
			return dst, ErrLimit
		}
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

// Corrupt reports whether an error of Read was about the content of the message, and not one
// of its source.
func (z *Reader) Corrupt() bool { return z.source.err == nil }
