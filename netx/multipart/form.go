package multipart

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Form is a form to be sent. Its values come first, in the order of their names, and then
// its files. It must not be changed or copied after the first call of a method.
type Form struct {
	Values url.Values // of the fields that are no files
	Files  []File     // in their order

	once sync.Once
	mark string
}

// A File is a file of a form.
type File struct {
	Field string                        // its name in the form
	Name  string                        // what the file is called
	Type  string                        // of its content; empty means application/octet-stream
	Size  int64                         // in bytes; negative if it is not known
	Open  func() (io.ReadCloser, error) // its content from the beginning, each time
}

// OpenFile returns a file that is read from a path. Its name is the last element of the path,
// and its type goes by the extension. What is wrong with the path, Open says.
func OpenFile(field, path string) File {
	f := File{
		Field: field, Name: filepath.Base(path), Size: -1,
		Type: mime.TypeByExtension(filepath.Ext(path)),
		Open: func() (io.ReadCloser, error) { return os.Open(path) },
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		f.Size = info.Size()
	}
	return f
}

// boundary returns the form's boundary, which no content has but by a chance of 2^-128.
func (f *Form) boundary() string {
	f.once.Do(func() { f.mark = rand.Text() })
	return f.mark
}

// ContentType returns what the request's Content-Type has to be.
func (f *Form) ContentType() string { return "multipart/form-data; boundary=" + f.boundary() }

// Size returns the length of the form in bytes, or -1 if that of a file is not known.
func (f *Form) Size() int64 {
	var size int64
	for _, p := range f.pieces() {
		if p.file != nil && p.file.Size < 0 {
			return -1
		}
		if p.file != nil {
			size += p.file.Size
		}
		size += int64(len(p.text))
	}
	return size
}

// A piece of a form is a text, or a file.
type piece struct {
	text string
	file *File
}

func (f *Form) pieces() []piece {
	var pieces []piece
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.Values)) {
		for _, value := range f.Values[name] {
			fmt.Fprintf(&text, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", f.boundary(), escape.Replace(name), value)
		}
	}
	for i := range f.Files {
		file := &f.Files[i]
		kind := oneLine.Replace(file.Type)
		if kind == "" {
			kind = "application/octet-stream"
		}
		fmt.Fprintf(&text, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
			f.boundary(), escape.Replace(file.Field), escape.Replace(file.Name), kind)
		pieces = append(pieces, piece{text: text.String()}, piece{file: file})
		text.Reset()
		text.WriteString("\r\n")
	}
	fmt.Fprintf(&text, "--%s--\r\n", f.boundary())
	return append(pieces, piece{text: text.String()})
}

// escape is how browsers write names, so that none ends its quotes or its line.
var escape = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

var oneLine = strings.NewReplacer("\r", "", "\n", "")

// Open returns the form's bytes, from the beginning. Each file is opened when it is its turn.
// A file that is longer or shorter than its Size is an error. The caller closes what is
// returned, which closes the file. Open may be called again.
func (f *Form) Open() (io.ReadCloser, error) { return &opened{pieces: f.pieces()}, nil }

// opened is a form that is read.
type opened struct {
	pieces []piece // what is left; the first one is being read
	file   io.ReadCloser
	left   int64 // of file, if its size is known
}

var errFormClosed = errors.New("multipart: the form is closed")

func (o *opened) Read(p []byte) (int, error) {
	if o.pieces == nil {
		return 0, errFormClosed
	}
	for len(o.pieces) > 0 {
		first := &o.pieces[0]
		if first.file == nil {
			n := copy(p, first.text)
			if first.text = first.text[n:]; first.text == "" {
				o.pieces = o.pieces[1:]
			}
			if n > 0 || len(p) == 0 {
				return n, nil
			}
			continue
		}
		n, err := o.readFile(first.file, p)
		if err == io.EOF {
			o.pieces = o.pieces[1:]
			err = o.closeFile()
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, io.EOF
}

// readFile reads from a file, which has to have the size that it says.
func (o *opened) readFile(f *File, p []byte) (int, error) {
	if o.file == nil {
		var err error
		if o.file, err = f.Open(); err != nil {
			return 0, err
		}
		o.left = f.Size
	}
	n, err := o.file.Read(p)
	if f.Size >= 0 {
		if o.left -= int64(n); o.left < 0 || err == io.EOF && o.left > 0 {
			return 0, fmt.Errorf("multipart: the file %q has not the %d bytes that it had", f.Name, f.Size)
		}
	}
	return n, err
}

func (o *opened) closeFile() error {
	if o.file == nil {
		return nil
	}
	f := o.file
	o.file = nil
	return f.Close()
}

// Close closes the file that is being read.
func (o *opened) Close() error {
	o.pieces = nil
	return o.closeFile()
}
