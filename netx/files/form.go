package files

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/fanfold/fanfold/netx/multipart"
)

// form answers a POST of a form with files. The files before one that is refused stay.
func (q *request) form() error {
	if typ, _, _ := strings.Cut(q.r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(typ), "multipart/form-data") {
		return refused(http.StatusUnsupportedMediaType, "not a form with files")
	}
	boundary, err := multipart.Boundary(q.r.Header.Get("Content-Type"))
	if err != nil {
		return refused(http.StatusBadRequest, "a form without a boundary that can be read")
	}
	if err := q.allowed(OpWrite, ""); err != nil {
		return err
	}
	room, err := q.books.Room(q.ctx)
	if err != nil {
		return err
	}
	if room >= 0 && q.r.ContentLength > room+maxDrain { // more than the parts' headers can be
		return refused(http.StatusInsufficientStorage, "the server's quota is used up")
	}
	parts := multipart.NewReader(readErrors{q.body}, boundary)
	defer parts.Close()
	if err := q.formFiles(parts); err != nil {
		return err
	}
	q.answer(http.StatusOK, success, q.stored)
	return nil
}

// formFiles stores the files of a form.
func (q *request) formFiles(parts *multipart.Reader) error {
	files, empty := 0, 0
	for {
		part, err := parts.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return formError(err)
		}
		if !part.IsFile() {
			continue // Next reads over it
		}
		files++
		if part.FileName == "" {
			empty++
			continue
		}
		info, _, err := q.store(upload{original: part.FileName, size: -1, src: formPart{part}})
		if err != nil {
			return err
		}
		q.stored = append(q.stored, info)
	}
	switch {
	case files == 0:
		return refused(http.StatusBadRequest, "No file part")
	case files == empty:
		return refused(http.StatusBadRequest, "No selected file")
	}
	return nil
}

// formError returns an error of reading a form as the client's.
func formError(err error) error {
	if _, ok := errors.AsType[*bodyError](err); ok {
		return err
	}
	if e, ok := errors.AsType[*multipart.Error](err); ok && e.Limit > 0 {
		return refused(http.StatusRequestEntityTooLarge, "the form has too many parts, or too large a header")
	}
	return refused(http.StatusBadRequest, "the form is broken or has ended early")
}

// formPart marks the errors of a part.
type formPart struct{ part *multipart.Part }

func (f formPart) Read(p []byte) (int, error) {
	n, err := f.part.Read(p)
	if err != nil && err != io.EOF {
		err = formError(err)
	}
	return n, err
}

// WriteTo passes large pieces on.
func (f formPart) WriteTo(w io.Writer) (int64, error) {
	n, err := f.part.WriteTo(w)
	if err != nil {
		err = formError(err)
	}
	return n, err
}
