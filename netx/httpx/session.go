package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/internal/optional"
)

// ErrClosed is returned by the methods of a [Session] after Close.
var ErrClosed = closed.Error("httpx: the session is closed")

// SessionOptions are the options of a [Session]. Zero values are the defaults.
type SessionOptions struct {
	// Base is the URL that relative URLs are below: with "https://host/v1" the URL
	// "users" is https://host/v1/users, and "/users" is https://host/users. Empty means
	// that all URLs are absolute.
	Base string
	// Header has fields for each request to Base's origin, which is its scheme, host and
	// port. A request's own fields take their place. They are sent to no other origin, to
	// which a redirect or an absolute URL may lead. Without Base, the origin is that of the
	// request's own URL.
	Header http.Header
	// Auth authenticates a request, such as by SetBasicAuth or a header. It is called for
	// each attempt to send a request to the same origin as Header. Its error makes the
	// request fail.
	Auth func(*http.Request) error
	// Jar keeps cookies. nil means a jar that returns cookies to the host that has set
	// them and to no other one, whatever their Domain.
	Jar http.CookieJar
	// Transport sends requests, below the retries. nil means one like
	// http.DefaultTransport, with connections of its own.
	Transport http.RoundTripper

	// Timeout is how long it may take from the last byte of a request to the header of
	// its answer, each time that it is sent. Zero means 30 s, and negative means forever.
	Timeout time.Duration
	// Stall is how long it may take until the next byte of an answer's body. Zero means
	// 30 s, and negative means forever.
	Stall time.Duration
	// Retry says how requests are sent again: see the function [Retry]. Attempts of 1
	// means that they are not.
	Retry concurrent.RetryOptions
	// AnyStatus makes status codes of 400 and more no errors.
	AnyStatus bool
}

// A Session sends requests to HTTP servers. Its zero value works, with the defaults of
// [SessionOptions]. It is used by any number of goroutines and not copied.
//
// Its methods block until the header of an answer has come. The answer's body is to be
// closed: [JSON], [Text] and [Bytes] do that. The errors are those of http.Client, a
// *[StatusError] for a status code of 400 or more, and [ErrClosed]. When ctx ends they match
// its cause. Redirects are followed, ten at most.
type Session struct {
	options SessionOptions
	setup   sync.Once
	base    *url.URL
	client  *http.Client
	own     *http.Transport // nil if it is the user's

	mu     sync.Mutex
	closed bool // guarded by mu
}

// RequestOptions hold the query and the header of one request.
type RequestOptions struct {
	// Query is added to that of the URL.
	Query url.Values
	// Header has fields for the origin of the URL. They are not sent to another one that
	// the request is redirected to.
	Header http.Header
}

// NewSession returns a Session. It returns an error if Base is not an absolute URL for HTTP
// or HTTPS, and panics if an option of Retry is out of range. It does not block.
func NewSession(options ...SessionOptions) (*Session, error) {
	s := &Session{options: optional.One("httpx", "NewSession", options)}
	if s.options.Base != "" {
		base, err := url.Parse(s.options.Base)
		if err != nil {
			return nil, fmt.Errorf("httpx: Base: %w", err)
		}
		if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			return nil, fmt.Errorf("httpx: Base %s is no absolute URL for HTTP", base.Redacted())
		}
		if !strings.HasSuffix(base.Path, "/") {
			base = base.JoinPath("/")
		}
		s.base = base
	}
	s.init()
	return s, nil
}

// init makes what the zero value lacks.
func (s *Session) init() {
	s.setup.Do(func() {
		o := &s.options
		o.Timeout = orDefault(o.Timeout, 30*time.Second)
		o.Stall = orDefault(o.Stall, 30*time.Second)
		if o.Jar == nil {
			o.Jar = newHostJar()
		}
		below := o.Transport
		if below == nil {
			s.own = newTransport()
			below = s.own
		}
		o.Header = o.Header.Clone()
		s.client = &http.Client{Jar: o.Jar, Transport: &headers{s, Retry(&auth{s, &timeouts{s, below}}, o.Retry)}}
	})
}

// newTransport returns a transport like http.DefaultTransport.
func newTransport() *http.Transport {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
}

// Client returns the http.Client inside, with the retries, time-outs, cookies, headers and
// authentication of the session. It takes absolute URLs, and has no *[StatusError].
func (s *Session) Client() *http.Client {
	s.init()
	return s.client
}

// Get gets a URL, which may be relative to Base.
func (s *Session) Get(ctx context.Context, url string, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodGet, url, Body{}, options)
}

// Head gets a URL without the body.
func (s *Session) Head(ctx context.Context, url string, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodHead, url, Body{}, options)
}

// Delete deletes what is at a URL.
func (s *Session) Delete(ctx context.Context, url string, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodDelete, url, Body{}, options)
}

// Post sends a body to a URL. It is sent once, unless it has an Idempotency-Key.
func (s *Session) Post(ctx context.Context, url string, body Body, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodPost, url, body, options)
}

// Put puts a body at a URL.
func (s *Session) Put(ctx context.Context, url string, body Body, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodPut, url, body, options)
}

// Patch changes what is at a URL. It is sent once, unless it has an Idempotency-Key.
func (s *Session) Patch(ctx context.Context, url string, body Body, options ...RequestOptions) (*http.Response, error) {
	return s.send(ctx, http.MethodPatch, url, body, options)
}

// send sends a request.
func (s *Session) send(ctx context.Context, method, address string, body Body, options []RequestOptions) (*http.Response, error) {
	s.init()
	o := optional.One("httpx", method, options)
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("httpx: %w", err)
	}
	u = s.resolve(u)
	if len(o.Query) > 0 {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += o.Query.Encode()
	}
	req, err := http.NewRequestWithContext(withHeader(ctx, u, o.Header), method, "", nil)
	if err != nil {
		return nil, fmt.Errorf("httpx: %w", err)
	}
	req.URL = u // not to parse it again
	if err := body.into(req); err != nil {
		return nil, fmt.Errorf("httpx: %s %s: %w", method, u.Redacted(), err)
	}
	return s.Do(req)
}

// resolve returns an absolute URL, if the session has a Base.
func (s *Session) resolve(u *url.URL) *url.URL {
	if s.base == nil {
		return u
	}
	return s.base.ResolveReference(u)
}

// Do sends a request, whose URL may be relative to Base. Its header goes where the session's
// does, and also after redirects where http.Client lets it go.
func (s *Session) Do(req *http.Request) (*http.Response, error) {
	s.init()
	if s.isClosed() {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, ErrClosed
	}
	ctx := req.Context()
	if s.base != nil && !req.URL.IsAbs() {
		absolute := *req
		absolute.URL = s.resolve(req.URL)
		if absolute.Host == "" {
			absolute.Host = absolute.URL.Host
		}
		req = &absolute
	}
	if f, _ := ctx.Value(originKey{}).(*first); f == nil {
		req = req.WithContext(withHeader(ctx, req.URL, nil))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			if e, ok := errors.AsType[*url.Error](err); ok {
				e.Err = context.Cause(ctx)
			}
		}
		return nil, err
	}
	if s.options.AnyStatus {
		return resp, nil
	}
	if err := checkStatus(resp); err != nil {
		return nil, err
	}
	return resp, nil
}

func (s *Session) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close closes the session's idle connections. Answers that are being read go on, and later
// calls return [ErrClosed]. A Transport of the user's is left alone. It does not block.
func (s *Session) Close() error {
	s.init()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
	return nil
}
