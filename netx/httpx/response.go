package httpx

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxBody is how much of a body is read into memory.
const maxBody = 32 << 20

// Bytes reads the body of an answer and closes it. It takes what a method of a [Session] or
// an http.Client returns:
//
//	data, err := httpx.Bytes(s.Get(ctx, "logo.png"))
//
// An err that is not nil is returned as it is. A status code of 400 or more is a
// *[StatusError], unless the answer is that of a Session with AnyStatus. A body of more
// than 32 MiB, decompressed, is a *[TooLargeError]. Bytes blocks until the body has come.
func Bytes(resp *http.Response, err error) ([]byte, error) {
	if err != nil {
		if resp != nil && resp.Body != nil {
			resp.Body.Close()
		}
		return nil, err
	}
	if b, ok := resp.Body.(*body); !ok || !b.any {
		if err := checkStatus(resp); err != nil {
			return nil, err
		}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("httpx: %w", err)
	}
	if len(data) > maxBody {
		return nil, &TooLargeError{Size: len(data), Limit: maxBody}
	}
	return data, nil
}

// Text is [Bytes], as a string. It does not look at the charset: the text is UTF-8 if what
// came is.
func Text(resp *http.Response, err error) (string, error) {
	data, err := Bytes(resp, err)
	return string(data), err
}

// JSON decodes the body of an answer, which must be one JSON value and nothing else, and
// closes it. It takes what a method of a [Session] or an http.Client returns, and its other
// errors are those of [Bytes] and of encoding/json.
func JSON[T any](resp *http.Response, err error) (T, error) {
	var v T
	data, err := Bytes(resp, err)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		var zero T
		return zero, fmt.Errorf("httpx: %w", err)
	}
	return v, nil
}
