package httpx

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// originKey is the key of a *first in the context of a request.
type originKey struct{}

// first is what a request was before its redirects.
type first struct {
	url    *url.URL
	header http.Header // for its origin only
}

func withHeader(ctx context.Context, u *url.URL, h http.Header) context.Context {
	return context.WithValue(ctx, originKey{}, &first{u, h.Clone()})
}

// headers adds the fields that are for one origin. http.Client would send fields that the
// first request has to all hosts that it is redirected to.
type headers struct {
	session *Session
	next    http.RoundTripper
}

func (h *headers) RoundTrip(req *http.Request) (*http.Response, error) {
	f, _ := req.Context().Value(originKey{}).(*first)
	own := f != nil && len(f.header) > 0 && sameOrigin(f.url, req.URL)
	base := len(h.session.options.Header) > 0 && h.session.isHome(req)
	if !own && !base {
		return h.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	if own {
		for name, values := range f.header {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if base {
		for name, values := range h.session.options.Header {
			if name = http.CanonicalHeaderKey(name); req.Header[name] == nil {
				req.Header[name] = values
			}
		}
	}
	if host := req.Header.Get("Host"); host != "" { // net/http takes it from there alone
		req.Host = host
		req.Header.Del("Host")
	}
	return h.next.RoundTrip(req)
}

// CloseIdleConnections closes those below.
func (h *headers) CloseIdleConnections() { closeIdle(h.next) }

// auth calls the session's Auth for each attempt.
type auth struct {
	session *Session
	next    http.RoundTripper
}

func (a *auth) RoundTrip(req *http.Request) (*http.Response, error) {
	if a.session.options.Auth == nil || !a.session.isHome(req) {
		return a.next.RoundTrip(req)
	}
	signed := req.Clone(req.Context())
	if err := a.session.options.Auth(signed); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	return a.next.RoundTrip(signed)
}

// CloseIdleConnections closes those below.
func (a *auth) CloseIdleConnections() { closeIdle(a.next) }

// isHome reports whether a request goes to the origin of the session's Base, or without one
// to that of its own first URL.
func (s *Session) isHome(req *http.Request) bool {
	if s.base != nil {
		return sameOrigin(s.base, req.URL)
	}
	if f, ok := req.Context().Value(originKey{}).(*first); ok {
		return sameOrigin(f.url, req.URL)
	}
	return req.Response == nil // by Client: it is no redirect
}

// sameOrigin reports whether scheme, host and port are the same.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

// A hostJar returns cookies to the host that has set them. A cookie with a Domain would go
// to other hosts as well, and without a list of public suffixes to those of strangers.
type hostJar struct{ *cookiejar.Jar }

func newHostJar() hostJar {
	jar, _ := cookiejar.New(nil) // it has no error
	return hostJar{jar}
}

func (j hostJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	own := make([]*http.Cookie, len(cookies))
	for i, c := range cookies {
		copied := *c
		copied.Domain = ""
		own[i] = &copied
	}
	j.Jar.SetCookies(u, own)
}
