package httpx_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/netx/httpx"
)

// A script is a RoundTripper that does one step after the other.
type script struct {
	steps  []step
	bodies []string // what it was sent
}

type step struct {
	code   int
	header string // Name: value
	err    error
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := "-"
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		sent = fmt.Sprint(string(data))
		if err != nil {
			sent = err.Error()
		}
		req.Body.Close()
	}
	now := s.steps[len(s.bodies)]
	s.bodies = append(s.bodies, sent)
	if now.err != nil {
		return nil, now.err
	}
	resp := &http.Response{StatusCode: now.code, Header: http.Header{}, Request: req, Body: io.NopCloser(strings.NewReader("body"))}
	if name, value, ok := strings.Cut(now.header, ": "); ok {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

func TestRetry(t *testing.T) {
	const s = time.Second
	fixed := concurrent.RetryOptions{First: s, Jitter: -1}
	cases := []struct {
		name     string
		method   string
		header   string
		body     io.Reader
		options  concurrent.RetryOptions
		steps    []step
		attempts int
		code     int // 0: an error
		took     time.Duration
	}{
		{name: "at once", steps: []step{{code: 200}}, attempts: 1, code: 200},
		{name: "408", steps: []step{{code: 408}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "429", steps: []step{{code: 429}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "502, 503, 504", steps: []step{{code: 502}, {code: 503}, {code: 504}, {code: 200}}, attempts: 4, code: 200, took: 7 * s},
		{name: "four times", steps: []step{{code: 503}, {code: 503}, {code: 503}, {code: 503}}, attempts: 4, code: 503, took: 7 * s},
		{name: "not 500, 501, 404", steps: []step{{code: 500}}, attempts: 1, code: 500},
		{name: "not 501", steps: []step{{code: 501}}, attempts: 1, code: 501},
		{name: "a broken connection", steps: []step{{err: reset()}, {err: io.EOF}, {code: 200}}, attempts: 3, code: 200, took: 3 * s},
		{name: "no connection", steps: []step{{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "other errors", steps: []step{{err: errTest}}, attempts: 1},
		{name: "a name that does not exist", steps: []step{{err: &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}}}, attempts: 1},
		{name: "an alert of TLS", steps: []step{{err: &net.OpError{Op: "remote error", Err: errTest}}}, attempts: 1},
		{name: "POST", method: "POST", body: strings.NewReader("x"), steps: []step{{code: 503}}, attempts: 1, code: 503},
		{name: "PATCH", method: "PATCH", steps: []step{{err: reset()}}, attempts: 1},
		{name: "POST with a key", method: "POST", header: "Idempotency-Key", body: strings.NewReader("x"), steps: []step{{code: 503}, {err: reset()}, {code: 200}}, attempts: 3, code: 200, took: 3 * s},
		{name: "PUT", method: "PUT", body: strings.NewReader("x"), steps: []step{{code: 503}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "DELETE, HEAD", method: "DELETE", steps: []step{{code: 503}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "a body that cannot be opened again", method: "PUT", body: io.MultiReader(strings.NewReader("x")), steps: []step{{code: 503}}, attempts: 1, code: 503},
		{name: "Retry-After in seconds", steps: []step{{code: 429, header: "Retry-After: 17"}, {code: 200}}, attempts: 2, code: 200, took: 17 * s},
		{name: "Retry-After of 0", steps: []step{{code: 429, header: "Retry-After: 0"}, {code: 200}}, attempts: 2, code: 200},
		{name: "Retry-After as a date", steps: []step{{code: 503, header: "Retry-After: " + time.Date(2000, 1, 1, 0, 0, 20, 0, time.UTC).Format(http.TimeFormat)}, {code: 200}}, attempts: 2, code: 200, took: 20 * s},
		{name: "Retry-After in the past", steps: []step{{code: 503, header: "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT"}, {code: 200}}, attempts: 2, code: 200},
		{name: "Retry-After that is no time", steps: []step{{code: 503, header: "Retry-After: soon"}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "Retry-After of -5", steps: []step{{code: 503, header: "Retry-After: -5"}, {code: 200}}, attempts: 2, code: 200, took: s},
		{name: "Retry-After beyond the longest pause", steps: []step{{code: 429, header: "Retry-After: 31"}}, attempts: 1, code: 429},
		{name: "Retry-After without end", steps: []step{{code: 429, header: "Retry-After: 99999999999999999999999"}}, attempts: 1, code: 429},
		{name: "Retry-After within a longer one", options: concurrent.RetryOptions{Max: time.Hour}, steps: []step{{code: 429, header: "Retry-After: 3600"}, {code: 200}}, attempts: 2, code: 200, took: time.Hour},
		{name: "no attempts", options: concurrent.RetryOptions{Attempts: 1}, steps: []step{{code: 503}}, attempts: 1, code: 503},
		{name: "If", options: concurrent.RetryOptions{If: func(err error) bool {
			status, ok := errors.AsType[*httpx.StatusError](err)
			return ok && status.Code == 502
		}}, steps: []step{{code: 502}, {code: 503}}, attempts: 2, code: 503, took: s},
		{name: "Pause", options: concurrent.RetryOptions{Pause: func(_ error, d time.Duration) time.Duration { return 2 * d }},
			steps: []step{{code: 502, header: "Retry-After: 10"}, {code: 503}, {code: 200}}, attempts: 3, code: 200, took: 24 * s},
		{name: "Pause gives up", options: concurrent.RetryOptions{Pause: func(error, time.Duration) time.Duration { return -1 }},
			steps: []step{{code: 502}}, attempts: 1, code: 502},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := c.options
				o.First, o.Jitter = fixed.First, fixed.Jitter
				peer := &script{steps: c.steps}
				start := time.Now()
				req, err := http.NewRequestWithContext(t.Context(), c.method, "http://host/", c.body)
				require.NoError(t, err)
				if c.header != "" {
					req.Header.Set(c.header, "1")
				}
				resp, err := httpx.Retry(peer, o).RoundTrip(req)
				assert.Equal(t, c.took, time.Since(start))
				require.Len(t, peer.bodies, c.attempts)
				for _, body := range peer.bodies {
					want := "-"
					if c.body != nil {
						want = "x"
					}
					assert.Equal(t, want, body)
				}
				if c.code == 0 {
					require.Error(t, err)
					assert.ErrorIs(t, err, c.steps[len(c.steps)-1].err)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, c.code, resp.StatusCode)
				body, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, "body", string(body), "the answer that is returned can be read")
				resp.Body.Close()
			})
		})
	}
}

func TestRetryCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() { time.Sleep(time.Second); cancel(errTest) }()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://host/", nil)
		require.NoError(t, err)
		peer := &script{steps: []step{{code: 503, header: "Retry-After: 10"}}}
		start := time.Now()
		_, err = httpx.Retry(peer).RoundTrip(req)
		assert.Equal(t, errTest, err)
		assert.Equal(t, time.Second, time.Since(start), "a pause ends with the context")
	})
}

// An answer that is to be repeated, and whose body never comes, does not hold the next
// attempt up.
func TestAnswerWithoutItsBody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for answer := range 2 {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			http.ReadRequest(bufio.NewReader(c))
			if answer == 0 {
				io.WriteString(c, "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 100\r\n\r\nnever more")
			} else {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			}
		}
	}()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: httpx.Retry(transport)}
	text, err := httpx.Text(client.Get("http://" + l.Addr().String()))
	require.NoError(t, err)
	assert.Equal(t, "ok", text)
}

func TestRetryMisuse(t *testing.T) {
	assert.Panics(t, func() { httpx.Retry(nil, concurrent.RetryOptions{Attempts: -2}) })
}
