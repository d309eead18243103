package files

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A site is a server with its storage.
type site struct {
	t       *testing.T
	url     string
	storage Storage
	server  *Server
	dir     string       // "" in memory
	running atomic.Int64 // requests
}

// newSite serves a storage until the test ends.
func newSite(t *testing.T, s Storage, o ServerOptions) *site {
	t.Helper()
	server := NewServer(s, o)
	site := &site{t: t, storage: s, server: server}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site.running.Add(1)
		defer site.running.Add(-1)
		http.StripPrefix("/files", server).ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	site.url = h.URL + "/files"
	return site
}

// idle waits until no request runs.
func (s *site) idle() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.running.Load() == 0 }, time.Minute, time.Millisecond)
}

// both runs a test over both storages.
func both(t *testing.T, o ServerOptions, test func(t *testing.T, s *site)) {
	t.Run("local", func(t *testing.T) {
		storage, dir := folder(t)
		s := newSite(t, storage, o)
		s.dir = dir
		test(t, s)
	})
	t.Run("memory", func(t *testing.T) { test(t, newSite(t, Memory(0), o)) })
}

// An answer is what a server answered.
type answer struct {
	code   int
	body   string
	header http.Header
}

// do makes a request. headers are names and values.
func (s *site) do(method, path string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Length" {
			req.ContentLength = -1
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return answer{resp.StatusCode, string(data), resp.Header}
}

// put puts a file.
func (s *site) put(name, text string, headers ...string) answer {
	s.t.Helper()
	return s.do("PUT", "/uploads/"+url.PathEscape(name), strings.NewReader(text), headers...)
}

// form returns a form with files, which are names and texts, and its type.
func form(t *testing.T, files ...string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("comment", "hello"))
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateFormFile("file", files[i])
		require.NoError(t, err)
		_, err = io.WriteString(part, files[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return &b, w.FormDataContentType()
}

// post posts a form.
func (s *site) post(accept string, files ...string) answer {
	s.t.Helper()
	body, typ := form(s.t, files...)
	return s.do("POST", "/upload", body, "Content-Type", typ, "Accept", accept)
}

// files returns all files with their bytes.
func (s *site) files() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	for info, err := range s.storage.List(s.t.Context(), "") {
		require.NoError(s.t, err)
		f, _, err := s.storage.Open(s.t.Context(), info.Name)
		require.NoError(s.t, err)
		data, err := io.ReadAll(f)
		require.NoError(s.t, err)
		require.NoError(s.t, f.Close())
		all[info.Name] = string(data)
	}
	return all
}

// clean checks that there is nothing but those files: no upload, no temporary file.
func (s *site) clean(want map[string]string) {
	s.t.Helper()
	s.idle()
	assert.Equal(s.t, want, s.files())
	for p, err := range s.storage.Partials(s.t.Context()) {
		assert.NoError(s.t, err)
		assert.Fail(s.t, "an upload is left", "%+v", p)
	}
	if s.dir != "" {
		entries, err := os.ReadDir(filepath.Join(s.dir, hidden))
		assert.NoError(s.t, err)
		assert.Len(s.t, entries, 1, "sums alone")
		outside, err := os.ReadDir(filepath.Dir(s.dir))
		assert.NoError(s.t, err)
		assert.Len(s.t, outside, 1, "nothing outside")
	}
}

func TestServerPutGet(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		a := s.put("a b.txt", "hello")
		assert.Equal(t, 201, a.code, a.body)
		assert.Equal(t, success, a.body)
		assert.Equal(t, "./a%20b.txt", a.header.Get("Location"))
		tag := a.header.Get("ETag")
		assert.Equal(t, "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:", a.header.Get("Repr-Digest"))

		a = s.do("GET", "/uploads/a%20b.txt", nil)
		assert.Equal(t, 200, a.code)
		assert.Equal(t, "hello", a.body)
		assert.Equal(t, tag, a.header.Get("ETag"))
		assert.Equal(t, "text/plain; charset=utf-8", a.header.Get("Content-Type"))
		assert.Equal(t, `attachment; filename="a b.txt"`, a.header.Get("Content-Disposition"))
		assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		assert.Contains(t, a.header.Get("Content-Security-Policy"), "sandbox")
		assert.Equal(t, "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:", a.header.Get("Repr-Digest"))

		a = s.do("HEAD", "/uploads/a%20b.txt", nil)
		assert.Equal(t, "5", a.header.Get("Content-Length"))
		assert.Empty(t, a.body)
		a = s.do("GET", "/uploads/a%20b.txt", nil, "Range", "bytes=1-2", "If-Range", tag)
		assert.Equal(t, 206, a.code)
		assert.Equal(t, "el", a.body)
		a = s.do("GET", "/uploads/a%20b.txt", nil, "Range", "bytes=1-2", "If-Range", `"other"`)
		assert.Equal(t, 200, a.code)
		assert.Equal(t, 304, s.do("GET", "/uploads/a%20b.txt", nil, "If-None-Match", tag).code)
		assert.Equal(t, 416, s.do("GET", "/uploads/a%20b.txt", nil, "Range", "bytes=9-").code)
		assert.Equal(t, 404, s.do("GET", "/uploads/other", nil).code)
		assert.Equal(t, 403, s.do("DELETE", "/uploads/a%20b.txt", nil).code, "not by default")

		a = s.put("a b.txt", "other")
		assert.Equal(t, 409, a.code)
		assert.Equal(t, "a file of this name exists", a.body)
		assert.Equal(t, 201, s.put("empty", "").code)
		assert.Equal(t, 201, s.put("chunked", "hello", "Length", "").code)
		s.clean(map[string]string{"a b.txt": "hello", "empty": "", "chunked": "hello"})
	})
}

func TestServerPreconditions(t *testing.T) {
	both(t, ServerOptions{Existing: Replace, Access: func(*http.Request, Op, string) error { return nil }}, func(t *testing.T, s *site) {
		assert.Equal(t, 412, s.put("a", "1", "If-Match", "*").code)
		a := s.put("a", "1", "If-None-Match", "*")
		assert.Equal(t, 201, a.code)
		tag := a.header.Get("ETag")
		assert.Equal(t, 412, s.put("a", "2", "If-None-Match", "*").code)
		assert.Equal(t, 412, s.put("a", "2", "If-Match", `"x", W/`+tag).code, "a weak tag")
		assert.Equal(t, 200, s.put("a", "2", "If-Match", `"x", `+tag).code)
		assert.Equal(t, 412, s.put("a", "3", "If-Match", tag).code, "no longer")
		assert.Equal(t, 200, s.put("a", "4").code)
		assert.Equal(t, 412, s.do("DELETE", "/uploads/a", nil, "If-Match", tag).code)
		assert.Equal(t, 204, s.do("DELETE", "/uploads/a", nil).code)
		assert.Equal(t, 404, s.do("DELETE", "/uploads/a", nil).code)
		s.clean(map[string]string{})
	})
}

func TestServerDigest(t *testing.T) {
	for _, noSum := range []bool{false, true} {
		both(t, ServerOptions{NoSum: noSum}, func(t *testing.T, s *site) {
			good := "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"
			good512 := "sha-512=:m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==:"
			assert.Equal(t, 422, s.put("a", "hellO", "Repr-Digest", good).code)
			assert.Equal(t, 422, s.put("a", "hellO", "Content-Digest", good512).code)
			assert.Equal(t, 400, s.put("a", "hello", "Repr-Digest", "sha-256=x").code)
			assert.Equal(t, 201, s.put("a", "hello", "Repr-Digest", good+", "+good512).code)
			assert.Equal(t, 201, s.put("b", "hello", "Repr-Digest", good512).code)
			s.clean(map[string]string{"a": "hello", "b": "hello"})
		})
	}
}

func TestServerForm(t *testing.T) {
	both(t, ServerOptions{Existing: Number}, func(t *testing.T, s *site) {
		a := s.post("*/*", "../a.txt", "one")
		assert.Equal(t, 200, a.code, a.body)
		assert.Equal(t, success, a.body)
		a = s.post("application/json", "a.txt", "two", "b.tar.gz", "three")
		assert.Equal(t, 200, a.code, a.body)
		var out outcome
		require.NoError(t, json.Unmarshal([]byte(a.body), &out))
		require.Len(t, out.Files, 2)
		assert.Equal(t, "a (2).txt", out.Files[0].Name)
		assert.Equal(t, "a.txt", out.Files[0].Original)
		assert.Equal(t, sum256([]byte("two")), out.Files[0].SHA256)
		a = s.post("text/html", "a.txt", "four")
		assert.Contains(t, a.body, `<a href="./uploads/a%20%283%29.txt">a (3).txt</a>`)
		assert.Equal(t, answer{400, "No file part", nil}, answer{s.post("").code, s.post("").body, nil})
		assert.Equal(t, "No selected file", s.post("", "", "").body)
		s.clean(map[string]string{"a.txt": "one", "a (2).txt": "two", "a (3).txt": "four", "b.tar.gz": "three"})
	})
}

func TestServerGenerated(t *testing.T) {
	both(t, ServerOptions{Names: Generated}, func(t *testing.T, s *site) {
		assert.Equal(t, 200, s.post("", "a.PNG", "one", "a.PNG", "two", "...", "three", "a.t t", "four").code)
		exts := map[string]int{}
		for name := range s.files() {
			exts[filepath.Ext(name)]++
		}
		assert.Equal(t, map[string]int{".png": 2, "": 2}, exts)
	})
}

func TestServerList(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		for i := range 5 {
			require.Equal(t, 201, s.put(fmt.Sprint("file", i), "x").code)
		}
		var all []string
		for after := ""; ; {
			a := s.do("GET", "/uploads/?limit=2&after="+url.QueryEscape(after), nil)
			require.Equal(t, 200, a.code)
			var page listing
			require.NoError(t, json.Unmarshal([]byte(a.body), &page))
			for _, f := range page.Files {
				all = append(all, f.Name)
				assert.NotEmpty(t, f.ETag)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		assert.Equal(t, []string{"file0", "file1", "file2", "file3", "file4"}, all)
		assert.Equal(t, 400, s.do("GET", "/uploads/?limit=0", nil).code)
		assert.Equal(t, 405, s.do("POST", "/uploads/", nil).code)
		assert.Equal(t, "GET, HEAD, PUT, DELETE", s.do("PATCH", "/uploads/a", nil).header.Get("Allow"))
		assert.Equal(t, 204, s.do("OPTIONS", "/upload", nil).code)
	})
}

func TestServerAccess(t *testing.T) {
	both(t, ServerOptions{Title: "My \"files\"", Access: func(r *http.Request, op Op, name string) error {
		if _, password, _ := r.BasicAuth(); password != "secret" {
			return fmt.Errorf("%w: no password", ErrUnauthorized)
		}
		if op == OpRead && name == "hidden" {
			return io.EOF
		}
		return nil
	}}, func(t *testing.T, s *site) {
		for method, path := range map[string]string{"GET": "/uploads/x", "HEAD": "/uploads/", "PUT": "/uploads/x", "DELETE": "/uploads/x"} {
			a := s.do(method, path, nil)
			assert.Equal(t, 401, a.code, method)
			assert.Equal(t, `Basic realm="My _files_", charset="UTF-8"`, a.header.Get("WWW-Authenticate"))
		}
		assert.Equal(t, 401, s.post("", "a", "b").code)
		assert.Equal(t, 401, s.do("GET", "/", nil).code)
		auth := []string{"Authorization", "Basic OnNlY3JldA=="}
		assert.Equal(t, 201, s.put("hidden", "x", auth...).code)
		assert.Equal(t, 403, s.do("GET", "/uploads/hidden", nil, auth...).code)
		assert.Equal(t, 204, s.do("DELETE", "/uploads/hidden", nil, auth...).code)
		s.clean(map[string]string{})
	})
	assert.Equal(t, "write", OpWrite.String())
	assert.Equal(t, "Op(9)", Op(9).String())
}

func TestServerOrigins(t *testing.T) {
	both(t, ServerOptions{Origins: []string{"https://friend.example"}}, func(t *testing.T, s *site) {
		a := s.do("OPTIONS", "/uploads/a", nil, "Origin", "https://friend.example", "Access-Control-Request-Method", "PUT")
		assert.Equal(t, 204, a.code)
		assert.Equal(t, "https://friend.example", a.header.Get("Access-Control-Allow-Origin"))
		assert.Contains(t, a.header.Get("Access-Control-Allow-Methods"), "PUT")
		a = s.put("a", "x", "Origin", "https://friend.example", "Sec-Fetch-Site", "cross-site")
		assert.Equal(t, 201, a.code)
		assert.Contains(t, a.header.Get("Access-Control-Expose-Headers"), "Location")
		a = s.put("b", "x", "Origin", "https://other.example", "Sec-Fetch-Site", "cross-site")
		assert.Equal(t, 403, a.code)
		assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, 204, s.do("OPTIONS", "/uploads/a", nil, "Origin", "https://other.example").code)
	})
}

func TestServerOnUpload(t *testing.T) {
	var seen []Info
	both(t, ServerOptions{OnUpload: func(_ context.Context, i Info) { seen = append(seen, i) }}, func(t *testing.T, s *site) {
		seen = nil
		s.put("a", "hello")
		require.Len(t, seen, 1)
		assert.Equal(t, "a", seen[0].Name)
		assert.EqualValues(t, 5, seen[0].Size)
		assert.NotZero(t, seen[0].Modified)
	})
}

// Files that the owner has put into the folder are served, too.
func TestServerOwnersFiles(t *testing.T) {
	storage, dir := folder(t)
	s := newSite(t, storage, ServerOptions{Inline: []string{"image/*"}})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ä.png"), []byte("\x89PNG\r\n\x1a\n"), 0o600))
	a := s.do("GET", "/uploads/%C3%A4.png", nil)
	assert.Equal(t, 200, a.code)
	assert.Equal(t, "image/png", a.header.Get("Content-Type"))
	assert.Equal(t, `inline; filename="_.png"; filename*=UTF-8''%C3%A4.png`, a.header.Get("Content-Disposition"))
	assert.True(t, strings.HasPrefix(a.header.Get("ETag"), `W/"`))
	a = s.do("GET", "/uploads/%C3%A4.png", nil, "Range", "bytes=1-3", "If-Range", a.header.Get("ETag"))
	assert.Equal(t, 200, a.code, "a weak tag yields the whole")
	assert.Equal(t, 206, s.do("GET", "/uploads/%C3%A4.png", nil, "Range", "bytes=1-3").code)
}

// A hundred uploads at once do not pass a quota together.
func TestServerQuotaTogether(t *testing.T) {
	both(t, ServerOptions{MaxTotal: 1000, MaxFiles: 15}, func(t *testing.T, s *site) {
		var stored, refused atomic.Int64
		var wait sync.WaitGroup
		for i := range 60 {
			wait.Go(func() {
				headers := []string{}
				if i%2 == 0 {
					headers = []string{"Length", ""}
				}
				switch a := s.put(fmt.Sprint(i), strings.Repeat("x", 90), headers...); a.code {
				case 201:
					stored.Add(1)
				case 507:
					refused.Add(1)
				default:
					assert.Fail(t, "an answer", "%v", a)
				}
			})
		}
		wait.Wait()
		assert.LessOrEqual(t, stored.Load(), int64(11))
		assert.Greater(t, stored.Load(), int64(0))
		assert.EqualValues(t, 60, stored.Load()+refused.Load())
		assert.Len(t, s.files(), int(stored.Load()))
		s.clean(s.files())
	})
}

// Uploads under one name at the same time: one is the file.
func TestServerRace(t *testing.T) {
	for policy, want := range map[ExistingPolicy]int{Refuse: 1, Replace: 1, Number: 20} {
		both(t, ServerOptions{Existing: policy}, func(t *testing.T, s *site) {
			var wait sync.WaitGroup
			var created atomic.Int64
			for range 20 {
				wait.Go(func() {
					a := s.put("a", "hello")
					if a.code == 201 {
						created.Add(1)
					} else if policy == Refuse {
						assert.Equal(t, 409, a.code)
					} else {
						assert.Equal(t, 200, a.code)
					}
				})
			}
			wait.Wait()
			assert.EqualValues(t, want, created.Load())
			assert.Len(t, s.files(), want)
			s.clean(s.files())
		})
	}
}

func TestExpire(t *testing.T) {
	both(t, ServerOptions{MaxTotal: 100}, func(t *testing.T, s *site) {
		old := Partial{ID: "old", Name: "a", Size: 60, Expires: time.Now().Add(-time.Hour)}
		young := Partial{ID: "young", Name: "a", Size: 30, Expires: time.Now().Add(time.Hour)}
		require.NoError(t, s.storage.Save(t.Context(), old))
		require.NoError(t, s.storage.Save(t.Context(), young))
		assert.Equal(t, 507, s.put("a", strings.Repeat("x", 20)).code, "both are promised room, from before the server")
		require.NoError(t, s.server.Expire(t.Context()))
		assert.Equal(t, 201, s.put("a", strings.Repeat("x", 20)).code)
		_, err := s.storage.Load(t.Context(), "young")
		assert.NoError(t, err)
		_, err = s.storage.Load(t.Context(), "old")
		assert.Error(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, s.server.Expire(ctx), context.Canceled)
	})
}

func TestNumbered(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "a (2).txt", "a": "a (2)", "a.b.c": "a.b (2).c",
		strings.Repeat("é", 98) + ".txt": strings.Repeat("é", 96) + " (2).txt",
	} {
		assert.Equal(t, want, numbered(name, 2))
		assert.True(t, isClean(numbered(name, 2)))
	}
}

func TestNewServerPanics(t *testing.T) {
	assert.Panics(t, func() { NewServer(nil) })
	assert.Panics(t, func() { NewServer(Memory(0), ServerOptions{MaxFile: -2}) })
	assert.Panics(t, func() { NewServer(Memory(0), ServerOptions{Origins: []string{"example.com"}}) })
}
