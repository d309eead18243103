package files

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/files/internal/pace"
)

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// tus makes a request of the protocol.
func (s *site) tus(method, path, body string, headers ...string) answer {
	s.t.Helper()
	return s.do(method, path, strings.NewReader(body), append([]string{"Tus-Resumable", "1.0.0"}, headers...)...)
}

// create begins an upload, and returns its path.
func (s *site) create(name string, size int) string {
	s.t.Helper()
	a := s.tus("POST", "/tus/", "", "Upload-Length", fmt.Sprint(size), "Upload-Metadata", "filename "+b64(name))
	require.Equal(s.t, 201, a.code, a.body)
	return "/tus/" + a.header.Get("Location")
}

func (s *site) patch(path string, offset int, text string, headers ...string) answer {
	s.t.Helper()
	return s.tus("PATCH", path, text, append([]string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", fmt.Sprint(offset)}, headers...)...)
}

func TestTus(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		a := s.do("OPTIONS", "/tus/", nil)
		assert.Equal(t, 204, a.code)
		assert.Equal(t, "1.0.0", a.header.Get("Tus-Version"))
		assert.Equal(t, "1073741824", a.header.Get("Tus-Max-Size"))
		assert.Contains(t, a.header.Get("Tus-Extension"), "creation-defer-length")

		path := s.create("../a.txt", 11)
		a = s.tus("HEAD", path, "")
		assert.Equal(t, 200, a.code)
		assert.Equal(t, "0", a.header.Get("Upload-Offset"))
		assert.Equal(t, "11", a.header.Get("Upload-Length"))
		assert.Equal(t, "filename "+b64("../a.txt"), a.header.Get("Upload-Metadata"))
		assert.NotEmpty(t, a.header.Get("Upload-Expires"))
		assert.Equal(t, "no-store", a.header.Get("Cache-Control"))

		a = s.patch(path, 0, "hello")
		assert.Equal(t, 204, a.code, a.body)
		assert.Equal(t, "5", a.header.Get("Upload-Offset"))
		assert.Equal(t, 404, s.do("GET", "/uploads/a.txt", nil).code, "not yet")
		a = s.patch(path, 0, "hello")
		assert.Equal(t, 409, a.code)
		assert.Equal(t, "5", s.tus("HEAD", path, "").header.Get("Upload-Offset"))
		a = s.tus("POST", path, " world", "X-HTTP-Method-Override", "PATCH", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "5")
		assert.Equal(t, 204, a.code)
		a = s.do("GET", "/uploads/a.txt", nil)
		assert.Equal(t, "hello world", a.body)
		assert.Equal(t, "sha-256=:"+base64.StdEncoding.EncodeToString(sum256([]byte("hello world")))+":", a.header.Get("Repr-Digest"))

		a = s.tus("HEAD", path, "")
		assert.Equal(t, "11", a.header.Get("Upload-Offset"), "a client that has not got the answer")
		assert.Equal(t, 204, s.patch(path, 11, "").code)
		assert.Equal(t, 413, s.patch(path, 11, "more").code)
		assert.Equal(t, 204, s.tus("DELETE", path, "").code)
		assert.Equal(t, 404, s.tus("HEAD", path, "").code)
		s.clean(map[string]string{"a.txt": "hello world"})
	})
}

func TestTusCreation(t *testing.T) {
	both(t, ServerOptions{MaxFile: 100}, func(t *testing.T, s *site) {
		kind := []string{"Content-Type", "application/offset+octet-stream"}
		a := s.tus("POST", "/tus", "hello", append(kind, "Upload-Length", "10", "Upload-Metadata", "filename "+b64("a"))...)
		assert.Equal(t, 201, a.code)
		assert.Equal(t, "5", a.header.Get("Upload-Offset"))
		require.True(t, strings.HasPrefix(a.header.Get("Location"), "tus/"))
		assert.Equal(t, 204, s.patch("/"+a.header.Get("Location"), 5, "world").code)

		a = s.tus("POST", "/tus/", "all", append(kind, "Upload-Length", "3", "Upload-Metadata", "name "+b64("b"))...)
		assert.Equal(t, "3", a.header.Get("Upload-Offset"))
		assert.Equal(t, 204, s.tus("DELETE", "/tus/"+a.header.Get("Location"), "").code)
		path := s.create("empty", 0)
		assert.Equal(t, "0", s.tus("HEAD", path, "").header.Get("Upload-Offset"))

		a = s.tus("POST", "/tus/", "", "Upload-Defer-Length", "1", "Upload-Metadata", "filename "+b64("d"))
		path = "/tus/" + a.header.Get("Location")
		assert.Equal(t, "1", s.tus("HEAD", path, "").header.Get("Upload-Defer-Length"))
		assert.Equal(t, 204, s.patch(path, 0, "hello").code)
		assert.Equal(t, 413, s.patch(path, 5, "", "Upload-Length", "101").code)
		assert.Equal(t, 400, s.patch(path, 5, "", "Upload-Length", "3").code)
		assert.Equal(t, 204, s.patch(path, 5, " world", "Upload-Length", "11").code)

		assert.Equal(t, map[string]string{"a": "helloworld", "b": "all", "d": "hello world", "empty": ""}, s.files())
		for want, headers := range map[int][]string{
			413: {"Upload-Length", "101"}, 400: {"Upload-Length", "-1"}, 409: {"Upload-Length", "5", "Upload-Metadata", "filename " + b64("a")},
		} {
			assert.Equal(t, want, s.tus("POST", "/tus/", "", headers...).code)
		}
		assert.Equal(t, 400, s.tus("POST", "/tus/", "").code)
		assert.Equal(t, 400, s.tus("POST", "/tus/", "", "Upload-Length", "5", "Upload-Metadata", "a ?").code)
		assert.Equal(t, 400, s.tus("POST", "/tus/", "", "Upload-Length", "5", "Upload-Metadata", "filename "+b64("..")).code)
	})
}

func TestTusRefusals(t *testing.T) {
	both(t, ServerOptions{Types: []string{"text/plain"}}, func(t *testing.T, s *site) {
		path := s.create("a", 10)
		a := s.do("HEAD", path, nil)
		assert.Equal(t, 412, a.code)
		assert.Equal(t, "1.0.0", a.header.Get("Tus-Version"))
		assert.Equal(t, 412, s.do("PATCH", path, nil, "Tus-Resumable", "0.2.2").code)
		assert.Equal(t, 415, s.tus("PATCH", path, "x", "Upload-Offset", "0").code)
		assert.Equal(t, 400, s.patch(path, -1, "x").code)
		assert.Equal(t, 413, s.patch(path, 0, "01234567890").code, "announced")
		assert.Equal(t, 413, s.patch(path, 0, strings.Repeat("x", 100), "Length", "").code, "not announced")
		assert.Equal(t, "0", s.tus("HEAD", path, "").header.Get("Upload-Offset"))
		assert.Equal(t, 400, s.patch(path, 0, "x", "Upload-Checksum", "sha9 AAAA").code)
		sum := sha1.Sum([]byte("hello"))
		check := []string{"Upload-Checksum", "sha1 " + base64.StdEncoding.EncodeToString(sum[:])}
		assert.Equal(t, 460, s.patch(path, 0, "hellO", check...).code)
		assert.Equal(t, "0", s.tus("HEAD", path, "").header.Get("Upload-Offset"))
		assert.Equal(t, 204, s.patch(path, 0, "hello", check...).code)
		assert.Equal(t, 404, s.tus("HEAD", "/tus/foreign", "").code)
		assert.Equal(t, 404, s.tus("HEAD", "/tus/..%2fa", "").code)
		assert.Equal(t, 405, s.tus("GET", path, "").code)
		assert.Equal(t, 405, s.tus("PUT", "/tus/", "").code)
		assert.Equal(t, 204, s.tus("DELETE", path, "").code)

		png := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 4000)
		path = s.create("a", len(png))
		assert.Equal(t, 204, s.patch(path, 0, png[:5]).code, "too little to tell")
		assert.Equal(t, 415, s.patch(path, 5, png[5:]).code)
		assert.Equal(t, 404, s.tus("HEAD", path, "").code)
		s.clean(map[string]string{})
	})
}

func TestTusExpired(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		path := s.create("a", 10)
		id := strings.TrimPrefix(path, "/tus/")
		p, err := s.storage.Load(t.Context(), id)
		require.NoError(t, err)
		p.Expires = time.Now().Add(-time.Second)
		require.NoError(t, s.storage.Save(t.Context(), p))
		assert.Equal(t, 404, s.tus("HEAD", path, "").code)
		s.clean(map[string]string{})
	})
}

// The name is taken while the upload runs.
func TestTusTaken(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		path := s.create("a", 5)
		require.Equal(t, 201, s.put("a", "first").code)
		assert.Equal(t, 409, s.patch(path, 0, "hello").code)
		s.clean(map[string]string{"a": "first"})
	})
}

// After a crash the record is older than the bytes, or the end is missing.
func TestTusAfterCrash(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		text := strings.Repeat("hello ", 1000)
		path := s.create("a", len(text))
		require.Equal(t, 204, s.patch(path, 0, text[:100]).code)
		p, err := s.storage.Load(t.Context(), strings.TrimPrefix(path, "/tus/"))
		require.NoError(t, err)
		assert.EqualValues(t, 100, p.HashAt)
		_, err = s.storage.Append(t.Context(), p, strings.NewReader(text[100:4000]))
		require.NoError(t, err)
		a := s.tus("HEAD", path, "")
		assert.Equal(t, "4000", a.header.Get("Upload-Offset"))
		assert.Equal(t, 204, s.patch(path, 4000, text[4000:5000]).code)
		p, err = s.storage.Load(t.Context(), strings.TrimPrefix(path, "/tus/"))
		require.NoError(t, err)
		_, err = s.storage.Append(t.Context(), p, strings.NewReader(text[5000:]))
		require.NoError(t, err)
		a = s.tus("HEAD", path, "") // the client believes that this is the end
		assert.Equal(t, fmt.Sprint(len(text)), a.header.Get("Upload-Offset"))
		a = s.do("GET", "/uploads/a", nil)
		assert.Equal(t, text, a.body)
		assert.Equal(t, "sha-256=:"+base64.StdEncoding.EncodeToString(sum256([]byte(text)))+":", a.header.Get("Repr-Digest"))
	})
}

// raw sends the head of a request and some of its body, and leaves the connection open.
func (s *site) raw(method, path string, size int, body string, headers ...string) (net.Conn, *bufio.Reader) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(s.t, err)
	c, err := net.Dial("tcp", u.Host)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { c.Close() })
	require.NoError(s.t, c.SetDeadline(time.Now().Add(time.Minute)))
	var head strings.Builder
	head.WriteString(fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: %s\r\n", method, u.Path, path, u.Host))
	if size >= 0 {
		head.WriteString(fmt.Sprintf("Content-Length: %d\r\n", size))
	} else {
		head.WriteString("Transfer-Encoding: chunked\r\n")
	}
	for i := 0; i < len(headers); i += 2 {
		head.WriteString(headers[i] + ": " + headers[i+1] + "\r\n")
	}
	_, err = io.WriteString(c, head.String()+"\r\n"+body)
	require.NoError(s.t, err)
	return c, bufio.NewReader(c)
}

// arrived waits until an upload has some bytes.
func (s *site) arrived(id string, n int64) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		p, err := s.storage.Load(s.t.Context(), id)
		return err == nil && p.Offset == n
	}, time.Minute, time.Millisecond)
}

var patchHeaders = []string{"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset"}

// A new request takes an upload over from one whose connection is dead.
func TestTusTakeover(t *testing.T) {
	both(t, ServerOptions{Stall: -1}, func(t *testing.T, s *site) {
		path := s.create("a", 10)
		id := strings.TrimPrefix(path, "/tus/")
		_, dead := s.raw("PATCH", path, 10, "hel", append(patchHeaders, "0")...)
		s.arrived(id, 3)
		a := s.tus("HEAD", path, "")
		assert.Equal(t, 200, a.code)
		assert.Equal(t, "3", a.header.Get("Upload-Offset"))
		resp, err := http.ReadResponse(dead, nil)
		require.NoError(t, err)
		assert.Equal(t, 409, resp.StatusCode)
		require.NoError(t, resp.Body.Close())

		s.raw("PATCH", path, 7, "lo", append(patchHeaders, "3")...)
		s.arrived(id, 5)
		a = s.patch(path, 5, "world")
		if a.code == 409 { // it was asked before the other had ended, and nothing was lost
			a = s.patch(path, 5, "world")
		}
		assert.Equal(t, 204, a.code, a.body)
		assert.Equal(t, map[string]string{"a": "helloworld"}, s.files())
	})
}

// What has come before the connection breaks, and before the server drains, is kept.
func TestTusKept(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		path := s.create("a", 10)
		c, _ := s.raw("PATCH", path, 10, "hello", append(patchHeaders, "0")...)
		s.arrived(strings.TrimPrefix(path, "/tus/"), 5)
		require.NoError(t, c.Close())
		a := s.tus("HEAD", path, "")
		assert.Equal(t, "5", a.header.Get("Upload-Offset"))

		draining, drain := context.WithCancel(t.Context())
		defer drain()
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.server.ServeHTTP(w, r.WithContext(netx.WithDraining(r.Context(), draining)))
		}))
		defer other.Close()
		second := &site{t: t, url: other.URL, storage: s.storage}
		_, answer := second.raw("PATCH", path, 5, "wo", append(patchHeaders, "5")...)
		s.arrived(strings.TrimPrefix(path, "/tus/"), 7)
		drain()
		resp, err := http.ReadResponse(answer, nil)
		require.NoError(t, err)
		assert.Equal(t, 503, resp.StatusCode)
		assert.Equal(t, "1", resp.Header.Get("Retry-After"))
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 204, s.patch(path, 7, "rld").code)
		a = s.do("GET", "/uploads/a", nil)
		assert.Equal(t, "helloworld", a.body)
		assert.Contains(t, a.header.Get("Repr-Digest"), base64.StdEncoding.EncodeToString(sum256([]byte("helloworld"))))
	})
}

// A holder that gives up does not let a newer one in before its elder has ended.
func TestActive(t *testing.T) {
	var a active
	leave, err := a.enter(t.Context(), "id", idleBody())
	require.NoError(t, err)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = a.enter(gone, "id", idleBody())
	assert.ErrorIs(t, err, context.Canceled)
	_, err = a.enter(gone, "id", idleBody())
	assert.ErrorIs(t, err, context.Canceled)
	assert.True(t, a.has("id"))
	leave()
	leave, err = a.enter(t.Context(), "id", idleBody())
	require.NoError(t, err)
	leave()
}

func idleBody() *pace.Body {
	return pace.NewBody(http.NoBody, func(time.Time) error { return nil }, pace.Limit{})
}
