package httpx

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanfold/fanfold/netx/multipart"
)

// A Body is the body of a request, for [Session.Post] and its relatives. The zero value is
// no body. [MultipartBody] is one of a form with files.
type Body struct {
	// Type is the Content-Type. Empty means none.
	Type string
	// Size is the number of bytes. -1 and 0 mean that it is not known, and the body is
	// sent in chunks if it is not empty.
	Size int64
	// Open returns the bytes from their beginning. It is called for the request, and again
	// for a retry and a redirect that repeats the body.
	Open func() (io.ReadCloser, error)

	once bool // Open works once
}

// JSONBody returns a body that is v in JSON, encoded now. A value that cannot be encoded
// makes the request fail with the error of encoding/json.
func JSONBody(v any) Body {
	data, err := json.Marshal(v)
	if err != nil {
		return Body{Size: -1, Open: func() (io.ReadCloser, error) { return nil, err }}
	}
	return bytesBody("application/json", data)
}

// FormBody returns a body that is a form, as browsers send one without files.
func FormBody(values url.Values) Body {
	return bytesBody("application/x-www-form-urlencoded", []byte(values.Encode()))
}

func bytesBody(typ string, data []byte) Body {
	return Body{Type: typ, Size: int64(len(data)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// FileBody returns a body that is a file, which is read while it is sent. The type is that
// of the path's extension, or application/octet-stream. A file that cannot be opened makes
// the request fail.
func FileBody(path string) Body {
	b := Body{Type: mime.TypeByExtension(filepath.Ext(path)), Size: -1}
	if b.Type == "" {
		b.Type = "application/octet-stream"
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		b.Size = info.Size()
	}
	b.Open = func() (io.ReadCloser, error) { return os.Open(path) }
	return b
}

// MultipartBody returns a body that is a form with files, which are read while it is sent.
func MultipartBody(form *multipart.Form) Body {
	return Body{Type: form.ContentType(), Size: form.Size(), Open: form.Open}
}

// errOnce says that a reader cannot be read again.
var errOnce = errors.New("httpx: the body can be read only once")

// ReaderBody returns a body that is what r has from now on. A request with it can be
// repeated if r is an io.ReaderAt and an io.Seeker, such as a *bytes.Reader, a
// *strings.Reader and an *os.File that is regular; its position does not change then. r is
// not closed. With other readers a request can be sent once, and a redirect that repeats
// the body is not followed.
func ReaderBody(typ string, r io.Reader) Body {
	if at, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	}); ok {
		if size, start, err := extent(at); err == nil {
			return Body{Type: typ, Size: size - start, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(io.NewSectionReader(at, start, size-start)), nil
			}}
		}
	}
	b := Body{Type: typ, Size: -1, once: true}
	if buffer, ok := r.(*bytes.Buffer); ok {
		b.Size = int64(buffer.Len())
	}
	opened := false
	b.Open = func() (io.ReadCloser, error) {
		if opened {
			return nil, errOnce
		}
		opened = true
		return io.NopCloser(r), nil
	}
	return b
}

// extent returns where a reader ends and where it stands.
func extent(s io.Seeker) (size, start int64, err error) {
	if start, err = s.Seek(0, io.SeekCurrent); err != nil {
		return 0, 0, err
	}
	if size, err = s.Seek(0, io.SeekEnd); err != nil {
		return 0, 0, err
	}
	_, err = s.Seek(start, io.SeekStart)
	return max(size, start), start, err
}

// into puts the body into a request.
func (b Body) into(req *http.Request) error {
	if b.Open == nil {
		return nil
	}
	body, err := b.Open()
	if err != nil {
		return err
	}
	req.Body = body
	req.ContentLength = max(b.Size, -1)
	if !b.once {
		req.GetBody = b.Open
	}
	if b.Type != "" && strings.TrimSpace(b.Type) != "" {
		req.Header.Set("Content-Type", b.Type)
	}
	return nil
}
