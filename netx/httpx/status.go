package httpx

import (
	"fmt"
	"io"
	"net/http"
)

// statusBody is how much of the body a StatusError has.
const statusBody = 4 << 10

// A StatusError is an answer with a status code of 400 or more.
type StatusError struct {
	Method string      // of the request
	URL    string      // of the request that was answered, with xxxxx for a password
	Code   int         // such as http.StatusNotFound
	Header http.Header // of the answer
	Body   []byte      // the first 4 KiB of the answer's body
}

// Error returns the request and the code. It does not contain the body.
func (e *StatusError) Error() string {
	return fmt.Sprintf("httpx: %s %s: %d %s", e.Method, e.URL, e.Code, http.StatusText(e.Code))
}

// statusError returns the error for an answer.
func statusError(resp *http.Response, body []byte) *StatusError {
	e := &StatusError{Method: http.MethodGet, Code: resp.StatusCode, Header: resp.Header, Body: body}
	if req := resp.Request; req != nil {
		if req.Method != "" {
			e.Method = req.Method
		}
		if req.URL != nil {
			e.URL = req.URL.Redacted()
		}
	}
	return e
}

// checkStatus returns a *StatusError for an answer of 400 and more, and closes it then.
func checkStatus(resp *http.Response) error {
	if resp.StatusCode < 400 {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, statusBody)) // as much as comes: the code is the error
	discard(resp.Body)
	return statusError(resp, body)
}
