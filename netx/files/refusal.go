package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/files/internal/account"
	"github.com/fanfold/fanfold/netx/files/internal/pace"
)

// A refusal is an error that the client gets as it is.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return "files: " + r.text }

func refused(status int, format string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

var errNotFound = refused(http.StatusNotFound, "not found")

// accessError is an error of Access.
type accessError struct{ error }

func (e *accessError) Unwrap() error { return e.error }

// status returns the status and the text for an error. The text has nothing of the
// client's: an error may quote what came, and a browser may take that for HTML.
func status(err error) (int, string) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status, r.text
	}
	_, access := errors.AsType[*accessError](err)
	large, isLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case access && errors.Is(err, ErrUnauthorized):
		return http.StatusUnauthorized, "a password is needed"
	case access:
		return http.StatusForbidden, "not allowed"
	case isLarge:
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes", large.Limit)
	case errors.Is(err, account.ErrFull):
		return http.StatusInsufficientStorage, "the server's quota is used up"
	case errors.Is(err, ErrNoSpace):
		return http.StatusInsufficientStorage, "the server's disk is full"
	case errors.Is(err, fs.ErrExist):
		return http.StatusConflict, "a file of this name exists"
	case errors.Is(err, fs.ErrNotExist):
		return errNotFound.status, errNotFound.text
	case errors.Is(err, ErrName):
		return http.StatusBadRequest, "not a name for a file"
	case errors.Is(err, pace.ErrSlow):
		return http.StatusRequestTimeout, "the upload is too slow"
	case errors.Is(err, errTakenOver):
		return http.StatusConflict, "another request goes on with this upload"
	case errors.Is(err, netx.ErrDraining):
		return http.StatusServiceUnavailable, "the server is shutting down"
	}
	return http.StatusInternalServerError, "the server has failed"
}

// A bodyError is an error of reading the body: the client's.
type bodyError struct{ error }

func (e *bodyError) Unwrap() error { return e.error }

// maxDrain is how much of a refused body is read and dropped.
const maxDrain = 16 << 20

// refuse answers a request with an error. The client gets the answer at once. What it still
// sends is read for a while, since many a client looks for an answer only when it has sent
// all, and finds its connection reset.
func (q *request) refuse(err error) {
	code, text := status(err)
	if body, ok := errors.AsType[*bodyError](err); ok && code == http.StatusInternalServerError {
		code, text = http.StatusBadRequest, "the body has ended early"
		if errors.Is(body, context.Canceled) {
			text = "the request was canceled"
		}
	}
	if code == http.StatusInternalServerError {
		slog.Default().ErrorContext(q.r.Context(), "files: a request failed", "method", q.r.Method, "path", q.r.URL.Path, "error", err)
	}
	h := q.w.Header()
	if code == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="`+quotable(q.o.Title)+`", charset="UTF-8"`)
	}
	if code == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	drain := !q.body.Ended() && q.r.ContentLength != 0 && q.r.ProtoMajor < 2
	switch {
	case drain && q.body.N == 0 && strings.EqualFold(q.r.Header.Get("Expect"), "100-continue"):
		h.Set("Connection", "close") // it has sent nothing, and need not
		drain = false
	case drain && (q.r.ContentLength < 0 || q.r.ContentLength-q.body.N > maxDrain):
		h.Set("Connection", "close")
	case code == http.StatusRequestTimeout || errors.Is(err, errTakenOver):
		h.Set("Connection", "close")
	}
	control := http.NewResponseController(q.w)
	early := drain && control.EnableFullDuplex() == nil
	if drain && !early {
		q.body.Drain(maxDrain)
	}
	q.answer(code, text, q.stored)
	if early && control.Flush() == nil {
		q.body.Drain(maxDrain)
	}
}

// quotable returns what may stand between quotes in a header.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}

// readErrors marks the errors of a reader as those of the body.
type readErrors struct{ r io.Reader }

func (b readErrors) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = &bodyError{err}
	}
	return n, err
}
