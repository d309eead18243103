package files

import (
	"context"
	"encoding"
	"hash"
	"io"
	"net/http"
	"sync"

	"github.com/fanfold/fanfold/netx/files/internal/sniff"
)

// step is how much more is asked of the books at a time, for an upload of unknown size.
const step = 1 << 20

// An intake is the way of an upload's bytes into the storage: they are counted, sniffed and
// summed on it.
type intake struct {
	s    *Server
	ctx  context.Context
	src  io.Reader
	id   string
	size int64 // -1: not known

	n     int64 // bytes, with those of earlier requests
	held  int64 // bytes that the books have promised
	fresh bool  // the file is a new one
	typ   string
	head  []byte // the first bytes, while typ is not known
	sum   hash.Hash
	more  hash.Hash // of these bytes alone, or of all; nil: none
}

// take looks at bytes before they are stored.
func (in *intake) take(b []byte) error {
	n := in.n + int64(len(b))
	switch {
	case in.size >= 0 && n > in.size:
		return refused(http.StatusRequestEntityTooLarge, "more bytes than were announced")
	case in.s.o.MaxFile >= 0 && n > in.s.o.MaxFile:
		return errTooLarge(in.s.o.MaxFile)
	case n > in.held:
		if err := in.hold(n); err != nil {
			return err
		}
	}
	in.n = n
	if in.typ == "" && len(in.head) < sniff.Size {
		in.head = append(in.head, b[:min(len(b), sniff.Size-len(in.head))]...)
		if len(in.head) == sniff.Size {
			if err := in.sniff(); err != nil {
				return err
			}
		}
	}
	if in.sum != nil {
		in.sum.Write(b)
	}
	if in.more != nil {
		in.more.Write(b)
	}
	return nil
}

// hold asks the books for more, in steps while there is room for them.
func (in *intake) hold(n int64) error {
	if in.s.books.Hold(in.ctx, in.id, n+step, in.fresh) == nil {
		in.held = n + step
		return nil
	}
	if err := in.s.books.Hold(in.ctx, in.id, n, in.fresh); err != nil {
		return err
	}
	in.held = n
	return nil
}

// sniff finds the type by the first bytes, and refuses one that is not allowed.
func (in *intake) sniff() error {
	typ, err := sniff.Type(in.head)
	if err != nil {
		return err
	}
	if in.s.o.Types != nil && (len(in.head) == 0 || !sniff.Allowed(in.s.o.Types, typ)) {
		return refused(http.StatusUnsupportedMediaType, "a file of type %s is not accepted", typ)
	}
	in.typ = typ
	return nil
}

// state returns the state of the sum, for a record.
func (in *intake) state() []byte {
	m, ok := in.sum.(encoding.BinaryMarshaler)
	if !ok {
		return nil
	}
	data, err := m.MarshalBinary()
	if err != nil {
		return nil
	}
	return data
}

// WriteTo moves the bytes to dst. Those of a form come in large pieces by themselves.
func (in *intake) WriteTo(dst io.Writer) (int64, error) {
	to := &intakeWriter{in: in, dst: dst}
	if w, ok := in.src.(io.WriterTo); ok {
		_, err := w.WriteTo(to)
		if to.err != nil {
			err = to.err
		}
		return to.n, err
	}
	var b buffers
	defer b.put()
	for n := 0; ; {
		var rerr error
		n, rerr = in.src.Read(b.get(n))
		if n > 0 {
			if _, err := to.Write(b.now[:n]); err != nil {
				return to.n, err
			}
		}
		if rerr == io.EOF {
			return to.n, nil
		}
		if rerr != nil {
			return to.n, rerr
		}
	}
}

// Read is for a storage that does not use WriteTo.
func (in *intake) Read(p []byte) (int, error) {
	n, err := in.src.Read(p)
	if n > 0 {
		if terr := in.take(p[:n]); terr != nil {
			return 0, terr
		}
	}
	return n, err
}

// intakeWriter passes bytes on to the storage.
type intakeWriter struct {
	in  *intake
	dst io.Writer
	n   int64
	err error
}

func (w *intakeWriter) Write(b []byte) (int, error) {
	if w.err = w.in.take(b); w.err != nil {
		return 0, w.err
	}
	n, err := w.dst.Write(b)
	w.n += int64(n)
	w.err = err
	return n, err
}

// Sizes of buffers. A body that comes slowly has a small one.
const (
	smallBuffer = 16 << 10
	largeBuffer = 256 << 10
)

var (
	small = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	large = sync.Pool{New: func() any { return new([largeBuffer]byte) }}
)

// buffers is a buffer that is large while it is filled.
type buffers struct {
	now []byte
	few int
}

// get returns a buffer, after one of which n bytes were filled.
func (b *buffers) get(n int) []byte {
	switch {
	case b.now == nil:
		b.now = small.Get().(*[smallBuffer]byte)[:]
	case len(b.now) == smallBuffer && n == smallBuffer:
		b.put()
		b.now = large.Get().(*[largeBuffer]byte)[:]
		b.few = 0
	case len(b.now) == largeBuffer && n < smallBuffer:
		if b.few++; b.few > 8 {
			b.put()
			b.now = small.Get().(*[smallBuffer]byte)[:]
		}
	default:
		b.few = 0
	}
	return b.now
}

func (b *buffers) put() {
	switch len(b.now) {
	case smallBuffer:
		small.Put((*[smallBuffer]byte)(b.now))
	case largeBuffer:
		large.Put((*[largeBuffer]byte)(b.now))
	}
	b.now = nil
}
