package httpx_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/netx/httpx"
	"github.com/fanfold/fanfold/netx/multipart"
)

// session returns a session that is closed at the end of the test.
func session(t *testing.T, o httpx.SessionOptions) *httpx.Session {
	t.Helper()
	s, err := httpx.NewSession(o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// show answers with what it was asked.
func show(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	json.NewEncoder(w).Encode(map[string]string{
		"method": r.Method, "uri": r.RequestURI, "type": r.Header.Get("Content-Type"), "body": string(body),
		"length": fmt.Sprint(r.ContentLength), "a": r.Header.Get("A"), "b": r.Header.Get("B"),
		"auth": r.Header.Get("Authorization"), "cookie": r.Header.Get("Cookie"),
	})
}

func TestSession(t *testing.T) {
	r := serve(t, show, httpx.ServeOptions{})
	path := filepath.Join(t.TempDir(), "file.html")
	require.NoError(t, os.WriteFile(path, []byte("<p>"), 0o600))
	s := session(t, httpx.SessionOptions{Base: "http://" + r.addr + "/v1", Header: http.Header{"A": {"1"}, "b": {"2"}}})
	ctx := t.Context()
	read := strings.NewReader("skipped rest")
	read.Seek(8, io.SeekStart)
	upload := &multipart.Form{Files: []multipart.File{multipart.OpenFile("f", path)}}
	cases := []struct {
		name string
		send func() (*http.Response, error)
		want map[string]string
	}{
		{"relative", func() (*http.Response, error) { return s.Get(ctx, "users/1") }, map[string]string{"method": "GET", "uri": "/v1/users/1", "a": "1", "b": "2"}},
		{"from the root", func() (*http.Response, error) { return s.Get(ctx, "/users") }, map[string]string{"uri": "/users"}},
		{"nothing", func() (*http.Response, error) { return s.Get(ctx, "") }, map[string]string{"uri": "/v1/"}},
		{"absolute", func() (*http.Response, error) { return s.Get(ctx, "http://"+r.addr+"/x") }, map[string]string{"uri": "/x", "a": "1"}},
		{"query", func() (*http.Response, error) {
			return s.Get(ctx, "q?a=1", httpx.RequestOptions{Query: url.Values{"b": {"2 3"}}, Header: http.Header{"a": {"own"}}})
		}, map[string]string{"uri": "/v1/q?a=1&b=2+3", "a": "own", "b": "2"}},
		{"delete", func() (*http.Response, error) { return s.Delete(ctx, "users/1") }, map[string]string{"method": "DELETE"}},
		{"JSON", func() (*http.Response, error) { return s.Post(ctx, "p", httpx.JSONBody(map[string]int{"n": 1})) },
			map[string]string{"method": "POST", "type": "application/json", "body": `{"n":1}`, "length": "7"}},
		{"form", func() (*http.Response, error) { return s.Put(ctx, "p", httpx.FormBody(url.Values{"k": {"v w"}})) },
			map[string]string{"method": "PUT", "type": "application/x-www-form-urlencoded", "body": "k=v+w", "length": "5"}},
		{"form with a file", func() (*http.Response, error) {
			return s.Post(ctx, "p", httpx.MultipartBody(upload))
		}, map[string]string{"type": upload.ContentType(), "length": strconv.FormatInt(upload.Size(), 10)}},
		{"file", func() (*http.Response, error) { return s.Patch(ctx, "p", httpx.FileBody(path)) },
			map[string]string{"method": "PATCH", "type": "text/html; charset=utf-8", "body": "<p>", "length": "3"}},
		{"reader", func() (*http.Response, error) {
			return s.Post(ctx, "p", httpx.ReaderBody("text/x", io.MultiReader(strings.NewReader("abc"))))
		}, map[string]string{"type": "text/x", "body": "abc", "length": "-1"}},
		{"reader that can be read again", func() (*http.Response, error) { return s.Post(ctx, "p", httpx.ReaderBody("text/x", read)) },
			map[string]string{"body": "rest", "length": "4"}},
		{"no body", func() (*http.Response, error) { return s.Post(ctx, "p", httpx.Body{}) }, map[string]string{"body": "", "type": "", "length": "0"}},
		{"Do", func() (*http.Response, error) {
			req, err := http.NewRequest("OPTIONS", "users", nil)
			if err != nil {
				return nil, err
			}
			return s.Do(req)
		}, map[string]string{"method": "OPTIONS", "uri": "/v1/users", "a": "1"}},
		{"Client", func() (*http.Response, error) { return s.Client().Get("http://" + r.addr + "/c") }, map[string]string{"uri": "/c", "a": "1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := httpx.JSON[map[string]string](c.send())
			require.NoError(t, err)
			for name, want := range c.want {
				assert.Equal(t, want, got[name], name)
			}
		})
	}
	resp, err := s.Head(ctx, "x")
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, 200, resp.StatusCode)
}

func TestZeroSession(t *testing.T) {
	r := serve(t, show, httpx.ServeOptions{})
	var s httpx.Session
	got, err := httpx.Text(s.Get(t.Context(), "http://"+r.addr+"/a"))
	require.NoError(t, err)
	assert.Contains(t, got, `"uri":"/a"`)
	_, err = s.Get(t.Context(), "relative")
	assert.Error(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = s.Get(t.Context(), "http://"+r.addr)
	assert.ErrorIs(t, err, httpx.ErrClosed)
}

func TestNewSessionRefuses(t *testing.T) {
	for _, base := range []string{"relative", "ftp://host", "http://", "://", "http://user:secret@ho st"} {
		_, err := httpx.NewSession(httpx.SessionOptions{Base: base})
		assert.Error(t, err, base)
	}
	_, err := httpx.NewSession(httpx.SessionOptions{Base: "ftp://user:secret@host"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}

// What is for one origin does not go to another one, also after redirects.
func TestSessionSecrets(t *testing.T) {
	other := serve(t, show, httpx.ServeOptions{})
	home := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.FormValue("to"); to != "" {
			http.SetCookie(w, &http.Cookie{Name: "home", Value: "1", Path: "/"})
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		show(w, r)
	}, httpx.ServeOptions{})
	for _, withBase := range []bool{true, false} {
		o := httpx.SessionOptions{
			Header: http.Header{"A": {"1"}},
			Auth:   func(r *http.Request) error { r.SetBasicAuth("user", "secret"); return nil },
		}
		if withBase {
			o.Base = "http://" + home.addr
		}
		s := session(t, o)
		ask := func(to string) map[string]string {
			got, err := httpx.JSON[map[string]string](s.Get(t.Context(), "http://"+home.addr+"/x?to="+url.QueryEscape(to), httpx.RequestOptions{Header: http.Header{"B": {"2"}}}))
			require.NoError(t, err)
			return got
		}
		got := ask("/here")
		assert.NotEmpty(t, got["auth"])
		assert.Equal(t, "1", got["a"])
		assert.Equal(t, "2", got["b"])
		assert.Equal(t, "home=1", got["cookie"])
		got = ask("http://" + other.addr + "/there") // another port is another origin
		assert.Empty(t, got["auth"])
		assert.Empty(t, got["a"])
		assert.Empty(t, got["b"])
		_, port, _ := strings.Cut(home.addr, ":")
		got = ask("http://localhost:" + port + "/there") // another host
		assert.Empty(t, got["auth"])
		assert.Empty(t, got["cookie"])
	}
	s := session(t, httpx.SessionOptions{Base: "http://" + home.addr, Header: http.Header{"A": {"1"}}})
	got, err := httpx.JSON[map[string]string](s.Get(t.Context(), "http://"+other.addr+"/direct", httpx.RequestOptions{Header: http.Header{"B": {"2"}}}))
	require.NoError(t, err)
	assert.Empty(t, got["a"], "not to a URL elsewhere")
	assert.Equal(t, "2", got["b"], "what was given for this URL")
	s = session(t, httpx.SessionOptions{Base: "http://" + home.addr, Auth: func(*http.Request) error { return errTest }})
	_, err = s.Get(t.Context(), "")
	assert.ErrorIs(t, err, errTest)
}

// A cookie with a Domain goes back to its host alone.
func TestSessionCookies(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "wide", Value: "1", Domain: "example.com", Path: "/"})
		show(w, r)
	}, httpx.ServeOptions{})
	transport := rewrite{r.addr}
	s := session(t, httpx.SessionOptions{Transport: transport})
	for _, c := range []struct{ host, want string }{
		{"a.example.com", ""}, {"a.example.com", "wide=1"}, {"b.example.com", ""}, {"example.com", ""}, {"a.example.com", "wide=1"},
	} {
		got, err := httpx.JSON[map[string]string](s.Get(t.Context(), "http://"+c.host+"/"))
		require.NoError(t, err)
		assert.Equal(t, c.want, got["cookie"], c.host)
	}
	transport.CloseIdleConnections()
}

// rewrite sends all requests to one address.
type rewrite struct{ addr string }

var rewritten http.Transport

func (r rewrite) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.URL.Host = r.addr
	return rewritten.RoundTrip(req)
}

func (rewrite) CloseIdleConnections() { rewritten.CloseIdleConnections() }

func TestStatusError(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", "y")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, strings.Repeat("no", 10_000))
	}, httpx.ServeOptions{})
	u := "http://user:secret@" + r.addr + "/pot"
	check := func(err error) {
		t.Helper()
		var status *httpx.StatusError
		require.ErrorAs(t, err, &status)
		assert.Equal(t, 418, status.Code)
		assert.Equal(t, "GET", status.Method)
		assert.Equal(t, "y", status.Header.Get("X"))
		assert.Len(t, status.Body, 4096)
		assert.Contains(t, err.Error(), "/pot: 418 I'm a teapot")
		assert.NotContains(t, fmt.Sprint(err, status.URL), "secret")
	}
	s := session(t, httpx.SessionOptions{})
	resp, err := s.Get(t.Context(), u)
	assert.Nil(t, resp)
	check(err)
	_, err = httpx.JSON[int](s.Get(t.Context(), u))
	check(err)
	_, err = httpx.Bytes(client(t).Get(u)) // any client
	check(err)
	s = session(t, httpx.SessionOptions{AnyStatus: true})
	text, err := httpx.Text(s.Get(t.Context(), u))
	require.NoError(t, err)
	assert.Len(t, text, 20_000)
}

func TestResponses(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb": // 33 MiB from some 33 KiB
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(make([]byte, 33<<20))
			z.Close()
		case "/large":
			w.Write(make([]byte, 32<<20))
		case "/two":
			io.WriteString(w, `{"n":1} {"n":2}`)
		case "/cut":
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "abc")
		case "/empty":
		default:
			io.WriteString(w, `{"n":1}`)
		}
	}, httpx.ServeOptions{})
	s := session(t, httpx.SessionOptions{Base: "http://" + r.addr})
	type answer struct{ N int }
	got, err := httpx.JSON[answer](s.Get(t.Context(), "one"))
	require.NoError(t, err)
	assert.Equal(t, answer{1}, got)
	_, err = httpx.JSON[[]int](s.Get(t.Context(), "one"))
	assert.ErrorAs(t, err, new(*json.UnmarshalTypeError))
	_, err = httpx.JSON[answer](s.Get(t.Context(), "two"))
	assert.ErrorAs(t, err, new(*json.SyntaxError), "one value and nothing else")
	_, err = httpx.JSON[answer](s.Get(t.Context(), "empty"))
	assert.Error(t, err)
	var large *httpx.TooLargeError
	_, err = httpx.Bytes(s.Get(t.Context(), "bomb"))
	require.ErrorAs(t, err, &large)
	assert.Equal(t, 32<<20, large.Limit)
	data, err := httpx.Bytes(s.Get(t.Context(), "large"))
	require.NoError(t, err)
	assert.Len(t, data, 32<<20)
	_, err = httpx.Text(s.Get(t.Context(), "cut"))
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = httpx.Text(nil, errTest)
	assert.Equal(t, errTest, err)
}

func TestSessionTimes(t *testing.T) {
	release := make(chan struct{})
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			<-release
		case "/body":
			io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
			<-release
		case "/slow":
			for range 10 {
				io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(30 * time.Millisecond)
			}
		case "/upload":
			io.Copy(w, r.Body)
		}
	}, httpx.ServeOptions{})
	defer close(release)
	s := session(t, httpx.SessionOptions{Base: "http://" + r.addr, Timeout: 150 * time.Millisecond, Stall: 150 * time.Millisecond})
	_, err := s.Get(t.Context(), "header")
	assert.ErrorIs(t, err, httpx.ErrTimeout)
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	var e *url.Error
	require.ErrorAs(t, err, &e)
	assert.True(t, e.Timeout())
	_, err = httpx.Text(s.Get(t.Context(), "body"))
	assert.ErrorIs(t, err, httpx.ErrStall)
	text, err := httpx.Text(s.Get(t.Context(), "slow"))
	require.NoError(t, err, "all in all it may take its time")
	assert.Len(t, text, 10)
	text, err = httpx.Text(s.Post(t.Context(), "upload", httpx.ReaderBody("", &slow{n: 10})))
	require.NoError(t, err, "and so may a request's body")
	assert.Len(t, text, 10)

	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(errTest) })
	_, err = s.Get(ctx, "header")
	assert.ErrorIs(t, err, errTest, "the cause")
	_, err = s.Get(ctx, "slow")
	assert.ErrorIs(t, err, errTest)
}

// slow is a reader of n bytes.
type slow struct{ n int }

func (s *slow) Read(p []byte) (int, error) {
	if s.n == 0 {
		return 0, io.EOF
	}
	s.n--
	time.Sleep(30 * time.Millisecond)
	return copy(p, "x"), nil
}

func TestSessionRetries(t *testing.T) {
	var asked atomic.Int32
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		show(w, r)
	}, httpx.ServeOptions{})
	s := session(t, httpx.SessionOptions{Base: "http://" + r.addr, Retry: concurrent.RetryOptions{First: time.Millisecond}})
	got, err := httpx.JSON[map[string]string](s.Put(t.Context(), "x", httpx.JSONBody("again")))
	require.NoError(t, err)
	assert.Equal(t, `"again"`, got["body"])
	got, err = httpx.JSON[map[string]string](s.Post(t.Context(), "x", httpx.JSONBody("again"), httpx.RequestOptions{Header: http.Header{"Idempotency-Key": {"7"}}}))
	require.NoError(t, err)
	assert.Equal(t, `"again"`, got["body"])
	_, err = s.Post(t.Context(), "x", httpx.JSONBody("once"))
	assert.ErrorAs(t, err, new(*httpx.StatusError))
	assert.Equal(t, int32(7), asked.Load())
}

func TestBodiesThatFail(t *testing.T) {
	r := serve(t, show, httpx.ServeOptions{})
	s := session(t, httpx.SessionOptions{Base: "http://" + r.addr})
	_, err := s.Post(t.Context(), "", httpx.JSONBody(math.Inf(1)))
	assert.ErrorAs(t, err, new(*json.UnsupportedValueError))
	_, err = s.Post(t.Context(), "", httpx.FileBody(filepath.Join(t.TempDir(), "none")))
	assert.ErrorIs(t, err, os.ErrNotExist)
	body := httpx.ReaderBody("", bytes.NewBufferString("once"))
	_, err = httpx.Text(s.Post(t.Context(), "", body))
	require.NoError(t, err)
	_, err = s.Post(t.Context(), "", body)
	assert.Error(t, err, "it is read")
	_, err = s.Post(t.Context(), "", httpx.ReaderBody("", io.MultiReader(strings.NewReader("x"), failing{})))
	assert.ErrorIs(t, err, errTest)
	assert.False(t, errors.Is(err, io.EOF))
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errTest }
