package files

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// maxParts is the largest number of parts of a form.
const maxParts = 1000

// form answers a POST of a form with files. The files before one that is refused stay.
func (q *request) form() error {
	typ, params, err := mime.ParseMediaType(q.r.Header.Get("Content-Type"))
	if err != nil || typ != "multipart/form-data" {
		return refused(http.StatusUnsupportedMediaType, "not a form with files")
	}
	boundary := params["boundary"]
	if boundary == "" || len(boundary) > 70 {
		return refused(http.StatusBadRequest, "a form without a boundary, or with one of more than 70 bytes")
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
	if err := q.formFiles(multipart.NewReader(readErrors{q.body}, boundary)); err != nil {
		return err
	}
	q.answer(http.StatusOK, success, q.stored)
	return nil
}

// formFiles stores the files of a form.
func (q *request) formFiles(parts *multipart.Reader) error {
	files, empty := 0, 0
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return formError(err)
		}
		if n == maxParts {
			return refused(http.StatusRequestEntityTooLarge, "a form of more than %d parts", maxParts)
		}
		_, params, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		name, isFile := params["filename"]
		if !isFile {
			if _, err := io.Copy(io.Discard, part); err != nil {
				return formError(err)
			}
			continue
		}
		files++
		if name == "" {
			empty++
			continue
		}
		info, _, err := q.store(upload{original: name, size: -1, src: formErrors{part}})
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
	if errors.Is(err, multipart.ErrMessageTooLarge) {
		return refused(http.StatusRequestEntityTooLarge, "a part of the form has too large a header")
	}
	return refused(http.StatusBadRequest, "the form is broken or has ended early")
}

// formErrors marks the errors of a part.
type formErrors struct{ r io.Reader }

func (f formErrors) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		err = formError(err)
	}
	return n, err
}
