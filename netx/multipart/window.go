package multipart

import (
	"io"
	"sync"
)

// A window is the part of a body that was read and not yet used.
type window struct {
	src   io.Reader
	buf   []byte // from its beginning to end it is filled
	start int    // what is before was used
	end   int
	most  int   // bytes that buf grows to
	err   error // of src
	full  bool  // the last read filled more than half of buf
	moved int64 // bytes that were moved
}

// windows holds windows of the default size that are not used.
var windows sync.Pool

const pooled = 512 << 10

func (w *window) bytes() []byte { return w.buf[w.start:w.end] }

func (w *window) use(n int) { w.start += n }

// fill reads more. It reports whether there is more than before; if not, w.err says why.
func (w *window) fill() bool {
	if w.err != nil {
		return false
	}
	w.makeRoom()
	for range 100 {
		n, err := w.src.Read(w.buf[w.end:])
		if n < 0 || n > len(w.buf)-w.end {
			panic("multipart: a reader that returned an impossible number of bytes")
		}
		w.end += n
		w.err = err
		w.full = n > len(w.buf)/2
		if n > 0 || err != nil {
			return n > 0
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// makeRoom takes a larger window if the body has filled this one, and moves what is left to
// the beginning where that is little against what was used: no byte is moved more than once
// for each that is used.
func (w *window) makeRoom() {
	if w.buf == nil {
		w.buf = make([]byte, smallest)
		return
	}
	left, room := w.end-w.start, len(w.buf)-w.end
	into := w.buf
	switch {
	case len(w.buf) < w.most && (w.full || left == len(w.buf)):
		into = grown(min(4*len(w.buf), w.most))
		w.full = false
	case w.start >= 4*left || room == 0:
	default:
		return
	}
	n := copy(into, w.buf[w.start:w.end])
	w.moved += int64(n)
	w.start, w.end = 0, n
	if len(into) != len(w.buf) {
		w.release()
		w.buf = into
	}
}

func grown(size int) []byte {
	if size == pooled {
		if b, ok := windows.Get().(*[pooled]byte); ok {
			return b[:]
		}
	}
	return make([]byte, size)
}

// release gives the window back.
func (w *window) release() {
	if len(w.buf) == pooled {
		windows.Put((*[pooled]byte)(w.buf))
	}
	w.buf = nil
}
