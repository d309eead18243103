package files

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/files/internal/tus"
)

// The resumable uploads of the IETF (draft-ietf-httpbis-resumable-upload) are left out: the
// draft was still edited in September 2026. Of tus's extensions, concatenation is: a client
// that sends in parallel gains nothing on one disk.

// tus answers a request below /tus. id is empty for the folder itself; bare says that its
// path has no slash at the end.
func (q *request) tus(id string, bare bool) error {
	h := q.w.Header()
	h.Set("Tus-Resumable", tus.Version)
	h.Set("Cache-Control", "no-store")
	method := q.r.Method
	if over := q.r.Header.Get("X-HTTP-Method-Override"); over != "" && method == "POST" {
		method = strings.ToUpper(over)
	}
	if method == "OPTIONS" {
		h.Set("Tus-Version", tus.Version)
		h.Set("Tus-Extension", tus.Extensions)
		h.Set("Tus-Checksum-Algorithm", tus.Algorithms)
		if q.o.MaxFile >= 0 {
			h.Set("Tus-Max-Size", itoa(q.o.MaxFile))
		}
		q.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if id != "" && !isID(id) {
		return errNotFound
	}
	if q.r.Header.Get("Tus-Resumable") != tus.Version {
		h.Set("Tus-Version", tus.Version)
		return refused(http.StatusPreconditionFailed, "the version of tus is not %s", tus.Version)
	}
	switch {
	case id == "" && method == "POST":
		return q.tusCreate(bare)
	case id == "":
		h.Set("Allow", "POST, OPTIONS")
	case method == "HEAD":
		return q.tusOwn(id, q.tusHead)
	case method == "PATCH":
		return q.tusOwn(id, q.tusPatch)
	case method == "DELETE":
		return q.tusOwn(id, q.tusRemove)
	default:
		h.Set("Allow", "HEAD, PATCH, DELETE, OPTIONS")
	}
	return refused(http.StatusMethodNotAllowed, "the method is not allowed")
}

func itoa[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// tusCreate answers a POST: an upload begins, perhaps with its first bytes.
func (q *request) tusCreate(bare bool) error {
	meta, err := tus.Metadata(strings.Join(q.r.Header.Values("Upload-Metadata"), ","))
	if err != nil {
		return refused(http.StatusBadRequest, "Upload-Metadata cannot be read")
	}
	size := int64(-1)
	if length := q.r.Header.Get("Upload-Length"); length != "" {
		if size, err = tus.Number(length); err != nil {
			return refused(http.StatusBadRequest, "Upload-Length is not a size")
		}
	} else if q.r.Header.Get("Upload-Defer-Length") != "1" {
		return refused(http.StatusBadRequest, "neither Upload-Length nor Upload-Defer-Length")
	}
	original := meta["filename"]
	if original == "" {
		original = meta["name"]
	}
	if original == "" {
		original = "upload-" + strings.ToLower(newID())
	}
	name, isNew, err := q.begin(original, size, nil)
	if err != nil {
		return err
	}
	withBody := q.r.ContentLength != 0 && q.r.Header.Get("Content-Type") == tus.MediaType
	p := Partial{ID: newID(), Name: name, Size: size, Meta: meta, Expires: time.Now().Add(q.o.Expire)}
	leave, err := q.active.enter(q.r.Context(), p.ID, q.body)
	if err != nil {
		return err
	}
	defer leave()
	if err := q.books.Hold(q.ctx, p.ID, max(size, 0), isNew); err != nil {
		return err
	}
	if err := q.storage.Save(q.ctx, p); err != nil {
		return errors.Join(err, q.abort(p.ID))
	}
	location := url.PathEscape(p.ID) // relative, so that a proxy may have cut the path
	if bare {
		location = "tus/" + location
	}
	h := q.w.Header()
	h.Set("Location", location)
	h.Set("Upload-Expires", p.Expires.UTC().Format(http.TimeFormat))
	if withBody || size == 0 {
		if p, err = q.receive(p, isNew); err != nil && p.Offset == 0 {
			h.Del("Location")
			return errors.Join(err, q.abort(p.ID))
		}
		if _, body := errors.AsType[*bodyError](err); err != nil && !body {
			return err
		} // a body that was cut has begun an upload: the client goes on
	}
	h.Set("Upload-Offset", itoa(p.Offset))
	if !q.body.Ended() && q.r.ContentLength != 0 {
		h.Set("Connection", "close")
	}
	q.w.WriteHeader(http.StatusCreated)
	return nil
}

// tusOwn calls f with an upload that the request has to itself.
func (q *request) tusOwn(id string, f func(Partial) error) error {
	leave, err := q.active.enter(q.r.Context(), id, q.body)
	if err != nil {
		return err
	}
	defer leave()
	p, err := q.storage.Load(q.ctx, id)
	if err != nil {
		return err
	}
	if time.Now().After(p.Expires) {
		return errors.Join(errNotFound, q.abort(id))
	}
	if err := q.allowed(OpWrite, p.Name); err != nil {
		return err
	}
	if p.Size >= 0 && p.Offset == p.Size && p.Published == "" && q.r.Method != "DELETE" {
		// A crash came between the last byte and the end.
		if p, err = q.complete(p, nil); err != nil {
			return err
		}
	}
	return f(p)
}

// tusHead answers how much has come.
func (q *request) tusHead(p Partial) error {
	h := q.w.Header()
	h.Set("Upload-Offset", itoa(p.Offset))
	if p.Size >= 0 {
		h.Set("Upload-Length", itoa(p.Size))
	} else {
		h.Set("Upload-Defer-Length", "1")
	}
	if meta := tus.FormatMetadata(p.Meta); meta != "" {
		h.Set("Upload-Metadata", meta)
	}
	h.Set("Upload-Expires", p.Expires.UTC().Format(http.TimeFormat))
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// tusRemove ends an upload for good.
func (q *request) tusRemove(p Partial) error {
	if err := q.abort(p.ID); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// tusPatch answers a PATCH: bytes from an offset on.
func (q *request) tusPatch(p Partial) error {
	if q.r.Header.Get("Content-Type") != tus.MediaType {
		return refused(http.StatusUnsupportedMediaType, "the body is not %s", tus.MediaType)
	}
	offset, err := tus.Number(q.r.Header.Get("Upload-Offset"))
	if err != nil {
		return refused(http.StatusBadRequest, "Upload-Offset is not an offset")
	}
	if offset != p.Offset {
		q.w.Header().Set("Upload-Offset", itoa(p.Offset))
		return refused(http.StatusConflict, "%d bytes have come, not %d", p.Offset, offset)
	}
	if length := q.r.Header.Get("Upload-Length"); length != "" {
		size, err := tus.Number(length)
		if err != nil || size < p.Offset || p.Size >= 0 && size != p.Size {
			return refused(http.StatusBadRequest, "Upload-Length does not fit")
		}
		if q.o.MaxFile >= 0 && size > q.o.MaxFile {
			return errTooLarge(q.o.MaxFile)
		}
		p.Size = size
	}
	if p.Published == "" {
		if p, err = q.receive(p, true); err != nil {
			return err
		}
	} else if q.r.ContentLength > 0 {
		return refused(http.StatusRequestEntityTooLarge, "more bytes than were announced")
	}
	h := q.w.Header()
	h.Set("Upload-Offset", itoa(p.Offset))
	h.Set("Upload-Expires", p.Expires.UTC().Format(http.TimeFormat))
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// onDrain ends the body when the server is to end: what has come is kept, and the client goes
// on with the next server.
func (q *request) onDrain() (stop func() bool) {
	return context.AfterFunc(netx.Draining(q.r.Context()), func() { q.body.Cut(netx.ErrDraining) })
}
