package multipart

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errClosed is what Next and Read return after Close.
var errClosed = errors.New("multipart: the reader is closed")

// A Reader reads the parts of a body, one after the other. [NewReader] makes one. It is used
// by one goroutine at a time.
type Reader struct {
	window
	limits  Limits
	mark    []byte // \r\n--boundary
	parts   int
	part    *Part // the last one
	scanned int   // so many bytes of the window have no mark that begins in them
	over    error // what Next returns from now on
	looked  int64 // bytes that were searched
}

// NewReader returns a reader of the parts of r with that boundary, which [Boundary] takes
// from the content type. It panics if the boundary is empty or has more than 70 bytes, or if
// a limit is negative. The caller closes the reader; r is the caller's own.
func NewReader(r io.Reader, boundary string, options ...Limits) *Reader {
	if boundary == "" || len(boundary) > maxBoundary {
		panic(fmt.Sprintf("multipart: NewReader with a boundary of %d bytes, want 1 to %d", len(boundary), maxBoundary))
	}
	l := limits(options)
	return &Reader{window: window{src: r, most: l.Buffer}, limits: l, mark: []byte("\r\n--" + boundary)}
}

// Next skips what is left of the part before and returns the next one, which is valid until
// the next call. It blocks while the body's reader does. The error is io.EOF behind the
// last part, and an [*Error] for what is no form or exceeds a limit. It matches
// io.ErrUnexpectedEOF for a body that was cut, and else is that of the body's reader. All
// errors are final.
func (r *Reader) Next() (*Part, error) {
	if r.over != nil {
		return nil, r.over
	}
	part, err := r.next()
	if err != nil {
		r.over = err
		return nil, err
	}
	return part, nil
}

func (r *Reader) next() (*Part, error) {
	if r.part != nil {
		if err := r.part.skip(); err != nil {
			return nil, err
		}
		r.use(r.part.tail) // the CR LF before the boundary
	} else if err := r.preamble(); err != nil {
		return nil, err
	}
	last, err := r.boundary()
	if err != nil {
		return nil, err
	}
	if last {
		return nil, r.epilogue()
	}
	if r.parts == r.limits.Parts {
		return nil, &Error{"too many parts", int64(r.limits.Parts)}
	}
	r.parts++
	header, err := r.header()
	if err != nil {
		return nil, err
	}
	r.scanned = 0
	r.part = newPart(r, header)
	return r.part, nil
}

// Close gives the reader's memory back. It does not close the body, and leaves unread what
// is unread. Calls of Next and of [Part.Read] fail from then on. Closing again does nothing.
func (r *Reader) Close() error {
	r.over = errClosed
	r.release()
	r.start, r.end, r.err = 0, 0, errClosed
	return nil
}

// cut returns the error of a body that gives no more.
func (r *Reader) cut() error {
	if r.err == io.EOF {
		return errCut
	}
	return r.err
}

// preamble skips what is before the first boundary. Others take lines there that end with LF
// alone for lines, and would see another first boundary: such a text is refused.
func (r *Reader) preamble() error {
	var skipped int64
	before := byte('\n')
	skip := func(n int) error {
		for _, c := range r.bytes()[:n] {
			if c == '\n' && before != '\r' {
				return &Error{What: "a line before the first part that does not end with CR LF"}
			}
			before = c
		}
		r.use(n)
		r.scanned = max(0, r.scanned-n)
		if skipped += int64(n); skipped > r.limits.Preamble {
			return &Error{"too much before the first part", r.limits.Preamble}
		}
		return nil
	}
	for {
		if skipped == 0 && bytes.HasPrefix(r.bytes(), r.mark[2:]) && r.ends(len(r.mark)-2) {
			return nil
		}
		if at := r.find(); at >= 0 {
			err := skip(at)
			r.use(2)
			return err
		}
		// The first line may be the boundary, and the last bytes a part of one.
		if n := len(r.bytes()) - len(r.mark) - 1; n > 0 {
			if err := skip(n); err != nil {
				return err
			}
		}
		if !r.fill() {
			return r.cut()
		}
	}
}

// ends reports whether what stands behind a boundary, n bytes from here, lets it be one. The
// window is filled up to there if it can be.
func (r *Reader) ends(n int) bool {
	for len(r.bytes()) <= n+1 && r.fill() {
	}
	if len(r.bytes()) <= n {
		return true // what is cut is told later
	}
	switch r.bytes()[n] {
	case ' ', '\t', '\r', '\n':
		return true
	}
	return bytes.HasPrefix(r.bytes()[n:], dashes)
}

// find returns where the next boundary begins, with its CR LF, or -1 if none is in the
// window. No byte is searched twice but for the length of a boundary.
func (r *Reader) find() int {
	for {
		from := min(r.scanned, len(r.bytes()))
		at := bytes.Index(r.bytes()[from:], r.mark)
		if at < 0 {
			r.looked += int64(len(r.bytes()) - from)
			r.scanned = max(from, len(r.bytes())-len(r.mark)+1)
			return -1
		}
		at += from
		r.looked += int64(at - from)
		if r.ends(at + len(r.mark)) {
			return at
		}
		r.scanned = at + 2
	}
}

// boundary takes the boundary's line, and reports whether it is the last one.
func (r *Reader) boundary() (last bool, err error) {
	r.use(len(r.mark) - 2)
	for {
		data := r.bytes()
		padding := 0
		if bytes.HasPrefix(data, dashes) {
			r.use(2)
			return true, nil
		}
		for padding < len(data) && (data[padding] == ' ' || data[padding] == '\t') {
			padding++
		}
		switch rest := data[padding:]; {
		case len(rest) >= 2 && rest[0] == '\r' && rest[1] == '\n':
			r.use(padding + 2)
			return false, nil
		case len(rest) >= 2, len(rest) == 1 && rest[0] != '\r' && rest[0] != '-', len(data) > r.limits.HeaderBytes:
			return false, &Error{What: "a boundary that is followed by something else in its line"}
		}
		if !r.fill() {
			return false, r.cut()
		}
	}
}

// epilogue skips what is behind the last boundary. It returns io.EOF when that is all.
func (r *Reader) epilogue() error {
	var skipped int64
	for line := true; ; {
		data := r.bytes()
		for i := 0; line && i < len(data); i++ {
			switch data[i] {
			case ' ', '\t', '\r':
			case '\n':
				line = false
				if i == 0 || data[i-1] != '\r' {
					return &Error{What: "a line that does not end with CR LF"}
				}
			default:
				return &Error{What: "a last boundary that is followed by something else in its line"}
			}
		}
		keep := 0
		if line && len(data) > 0 {
			keep = 1 // a CR whose LF may come
		}
		if skipped += int64(len(data) - keep); skipped > r.limits.Preamble {
			return &Error{"too much behind the last part", r.limits.Preamble}
		}
		r.use(len(data) - keep)
		if !r.fill() {
			if r.err == io.EOF && bytes.HasPrefix(r.bytes(), crlf[:1]) {
				return errCut
			}
			return r.err
		}
	}
}

var dashes = []byte("--")
