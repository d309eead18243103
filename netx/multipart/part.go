package multipart

import (
	"io"
	"net/textproto"
)

// A Part is a value or a file of a form. [Reader.Next] returns it, and it is valid until the
// next call of that.
type Part struct {
	Name     string               // of the field; empty if there is none
	FileName string               // as it was sent: it may be a path, and hold anything
	Header   textproto.MIMEHeader // as it was sent

	reader *Reader
	file   bool
	begun  bool
	tail   int   // so many bytes stand between its end and the boundary: CR LF, or none
	err    error // what Read returns when nothing is left
}

func newPart(r *Reader, header textproto.MIMEHeader) *Part {
	p := &Part{Header: header, reader: r}
	p.Name, p.FileName, p.file = disposition(header.Get("Content-Disposition"))
	return p
}

// IsFile reports whether the part has a file name, which may be empty: a field for files of
// which none was chosen.
func (p *Part) IsFile() bool { return p.file }

// ready returns what of the part is in the window, which is something, or why there is no
// more: io.EOF at its end.
func (p *Part) ready() ([]byte, error) {
	r := p.reader
	for p.err == nil {
		if r.over != nil || r.part != p {
			return nil, errClosed
		}
		if !p.begun { // an empty part may lack the CR LF before the boundary
			p.begun = true
			for len(r.bytes()) < len(r.mark)-2 && r.fill() {
			}
			if data := r.bytes(); len(data) >= len(r.mark)-2 && string(data[:len(r.mark)-2]) == string(r.mark[2:]) && r.ends(len(r.mark)-2) {
				p.err = io.EOF // the header's empty line ends what is before the boundary
				break
			}
		}
		at := r.find()
		data := r.bytes()
		switch {
		case at == 0:
			p.err, p.tail = io.EOF, 2
		case at > 0:
			return data[:at], nil
		case r.scanned > 0: // what cannot be a part of a boundary
			return data[:r.scanned], nil
		case !r.fill():
			p.err = r.cut()
		}
	}
	return nil, p.err
}

// used tells that n bytes of what was ready were used.
func (p *Part) used(n int) {
	p.reader.use(n)
	p.reader.scanned = max(0, p.reader.scanned-n)
}

// Read reads the content of the part. It blocks while the body's reader does. The error is
// io.EOF at the end of the part, and else as of [Reader.Next].
func (p *Part) Read(to []byte) (int, error) {
	if len(to) == 0 {
		return 0, nil
	}
	data, err := p.ready()
	if err != nil {
		return 0, err
	}
	n := copy(to, data)
	p.used(n)
	return n, nil
}

// WriteTo writes what is left of the part to w, in large pieces and without another copy.
// io.Copy calls it. The error is that of w or as of Read, and nil at the end of the part.
func (p *Part) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		data, err := p.ready()
		if err == io.EOF {
			return written, nil
		}
		if err != nil {
			return written, err
		}
		n, err := w.Write(data)
		if n < 0 || n > len(data) {
			panic("multipart: a writer that returned an impossible number of bytes")
		}
		p.used(n)
		written += int64(n)
		if err != nil {
			return written, err
		}
		if n < len(data) {
			return written, io.ErrShortWrite
		}
	}
}

// skip goes to the end of the part.
func (p *Part) skip() error {
	for {
		data, err := p.ready()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		p.used(len(data))
	}
}
