package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names of attacks, and what they may become; "" stands for a refusal.
var attackNames = map[string]string{
	"../x": "x", `..\x`: "x", "/x": "x", `C:\x`: "x", "a\x00b": "ab", "a\u202eb": "ab", strings.Repeat("a", 4<<10) + ".txt": strings.Repeat("a", 196) + ".txt",
	"NUL.txt": "_NUL.txt", "COM¹": "_COM¹", "....": "", "\xff\xfe": "__", "a/": "", ".fanfold": "fanfold", "../.fanfold/sums": "sums",
	"<script>alert(1)</script>.html": "script_.html", "a\r\nSet-Cookie: x=y": "aSet-Cookie_ x=y", `a"; filename="b`: "a_; filename=_b",
}

// formOf returns a form with a file, whose name stands there as it is given.
func formOf(name, text string) string {
	name = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
	return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + text + "\r\n--b--\r\n"
}

const formType = "multipart/form-data; boundary=b"

func TestAttackNames(t *testing.T) {
	for name, want := range attackNames {
		both(t, ServerOptions{}, func(t *testing.T, s *site) {
			files := map[string]string{}
			if want != "" {
				files[want] = "x"
			}
			// By tus, any byte can come. The upload's record is removed, so that nothing is left.
			a := s.tus("POST", "/tus/", "x", "Content-Type", "application/offset+octet-stream", "Upload-Length", "1", "Upload-Metadata", "filename "+b64(name))
			if want == "" {
				assert.Equal(t, 400, a.code, "%q", name)
			} else if assert.Equal(t, 201, a.code, "%q", name) {
				s.tus("DELETE", "/tus/"+a.header.Get("Location"), "")
			}
			s.clean(files)
		})
		if strings.ContainsAny(name, "\r\n\x00") {
			continue // a form cannot say that
		}
		both(t, ServerOptions{}, func(t *testing.T, s *site) {
			a := s.do("POST", "/upload", strings.NewReader(formOf(name, "x")), "Content-Type", formType, "Accept", "text/html")
			assert.Contains(t, []int{200, 400}, a.code, "%q", name)
			assert.NotContains(t, a.body, "<script")
			for stored := range s.files() {
				assert.True(t, isClean(stored), "%q", stored)
			}
			s.clean(s.files())
		})
	}
}

func TestAttackURLs(t *testing.T) {
	both(t, ServerOptions{Access: func(*http.Request, Op, string) error { return nil }}, func(t *testing.T, s *site) {
		for name := range attackNames {
			if isClean(name) {
				continue
			}
			once := url.PathEscape(name)
			for _, path := range []string{once, url.PathEscape(once), once + "/", "x/" + once, "%2e%2e/" + once} {
				for _, method := range []string{"GET", "HEAD", "DELETE"} {
					assert.Equal(t, 404, s.do(method, "/uploads/"+path, nil).code, "%s %q", method, path)
				}
			}
			assert.Equal(t, 404, s.do("PUT", "/uploads/"+once, strings.NewReader("x")).code, "%q", name)
			assert.Equal(t, 404, s.tus("HEAD", "/tus/"+once, "").code, "%q", name)
		}
		s.clean(map[string]string{})
	})
}

// The file is swapped for a link to outside and back while it is read.
func TestAttackSymlinkSwap(t *testing.T) {
	storage, dir := folder(t)
	s := newSite(t, storage, ServerOptions{Existing: Replace})
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "secret"), []byte("secret"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "kept"), []byte("public"), 0o600))
	if err := os.Symlink("../secret", filepath.Join(dir, ".link")); err != nil {
		t.Skip(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			source := []string{"kept", ".link"}[i%2]
			temp := filepath.Join(dir, ".temp")
			if source == "kept" {
				assert.NoError(t, os.Link(filepath.Join(dir, source), temp))
			} else {
				assert.NoError(t, os.Symlink("../secret", temp))
			}
			assert.NoError(t, os.Rename(temp, filepath.Join(dir, "a")))
			os.Remove(temp) // a rename of two links to one file does nothing
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	seen := map[int]int{}
	for range 300 {
		a := s.do("GET", "/uploads/a", nil)
		seen[a.code]++
		if a.code == 200 {
			require.Equal(t, "public", a.body)
		} else {
			require.Equal(t, 404, a.code)
		}
	}
	for range 50 {
		assert.Contains(t, []int{200, 201, 409}, s.put("a", "public").code)
	}
	secret, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "secret"))
	require.NoError(t, err)
	assert.Equal(t, "secret", string(secret))
	t.Log(seen)
}

func TestAttackTypes(t *testing.T) {
	both(t, ServerOptions{Types: []string{"image/*"}}, func(t *testing.T, s *site) {
		for name, text := range map[string]string{
			"a.php.jpg": "<?php echo 1; ?>", "a.png": "<html><script>alert(1)</script>", "b.png": `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`,
			"empty.png": "", "c.png": "MZ\x90\x00", "d.jpg": strings.Repeat(" ", 4000) + "<html>",
		} {
			assert.Equal(t, 415, s.put(name, text).code, name)
			assert.Equal(t, 415, s.post("", name, text).code, name)
		}
		s.clean(map[string]string{})
	})
	both(t, ServerOptions{Inline: []string{"image/*"}}, func(t *testing.T, s *site) {
		for name, text := range map[string]string{"a.png": "<html><script>alert(1)</script>", "b.png": `<svg xmlns="http://www.w3.org/2000/svg"></svg>`, "e": ""} {
			require.Equal(t, 201, s.put(name, text).code)
			a := s.do("GET", "/uploads/"+name, nil)
			assert.Contains(t, a.header.Get("Content-Disposition"), "attachment")
			assert.NotEqual(t, "image/png", a.header.Get("Content-Type"))
			assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		}
		// Polyglot: a GIF that is a script. It is served as an image, and may do nothing.
		require.Equal(t, 201, s.put("p.js", "GIF89a=1;alert(1)").code)
		a := s.do("GET", "/uploads/p.js", nil)
		assert.Equal(t, "image/gif", a.header.Get("Content-Type"))
		assert.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
	})
}

// full is a storage whose disk is full after some bytes.
type full struct {
	Storage
	left int64
}

func (f *full) Append(ctx context.Context, p Partial, r io.Reader) (int64, error) {
	n, err := f.Storage.Append(ctx, p, io.LimitReader(r, f.left))
	if err == nil && n == f.left {
		err = fmt.Errorf("%w: disk", ErrNoSpace)
	}
	return n, err
}

func TestAttackSizes(t *testing.T) {
	both(t, ServerOptions{MaxFile: 100, MaxTotal: 150, MaxFiles: 2}, func(t *testing.T, s *site) {
		long := strings.Repeat("x", 101)
		assert.Equal(t, 413, s.put("a", long).code, "announced")
		assert.Equal(t, 413, s.put("a", long, "Length", "").code, "chunked")
		assert.Equal(t, 413, s.post("", "a", long).code)
		assert.Equal(t, 413, s.tus("POST", "/tus/", "", "Upload-Length", "101").code)
		s.clean(map[string]string{})
		require.Equal(t, 201, s.put("a", long[:100]).code)
		assert.Equal(t, 507, s.put("b", long[:51]).code)
		assert.Equal(t, 507, s.put("b", long[:51], "Length", "").code)
		assert.Equal(t, 507, s.post("", "b", long[:51]).code)
		assert.Equal(t, 507, s.tus("POST", "/tus/", "", "Upload-Length", "51").code)
		require.Equal(t, 201, s.put("b", long[:50]).code)
		assert.Equal(t, 507, s.put("c", "").code, "too many files")
		s.clean(map[string]string{"a": long[:100], "b": long[:50]})
	})
	both(t, ServerOptions{}, func(t *testing.T, s *site) { // a length that lies
		c, r := s.raw("PUT", "/uploads/a", 100, "hello")
		require.NoError(t, c.(interface{ CloseWrite() error }).CloseWrite())
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 400, resp.StatusCode)
		s.clean(map[string]string{})
	})
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		small := newSite(t, &full{s.storage, 10}, ServerOptions{})
		assert.Equal(t, 507, small.put("a", strings.Repeat("x", 100)).code)
		assert.Equal(t, 507, small.post("", "a", strings.Repeat("x", 100)).code)
		s.clean(map[string]string{})
	})
}

func TestAttackForms(t *testing.T) {
	head := "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n"
	parts := strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n", 10_000) + "--b--\r\n"
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		for name, c := range map[string]struct {
			typ, body string
			code      []int
		}{
			"many parts":     {formType, parts, []int{413}},
			"endless header": {formType, "--b\r\nX: " + strings.Repeat("x", 12<<20) + "\r\n\r\n--b--", []int{413}},
			"many headers":   {formType, "--b\r\n" + strings.Repeat("X: y\r\n", 20_000) + head + "\r\nx\r\n--b--", []int{413}},
			"preamble":       {formType, strings.Repeat("x", 8<<20), []int{400, 413}},
			"no boundary":    {"multipart/form-data", formOf("a", "x"), []int{400}},
			"long boundary":  {"multipart/form-data; boundary=" + strings.Repeat("b", 71), formOf("a", "x"), []int{400}},
			"two boundaries": {"multipart/form-data; boundary=b; boundary=c", formOf("a", "x"), []int{400, 415}},
			"not a form":     {"text/plain", formOf("a", "x"), []int{415}},
			"cut":            {formType, "--b\r\n" + head + "\r\nhello", []int{400}},
			"cut in header":  {formType, "--b\r\n" + head[:20], []int{400}},
			"empty":          {formType, "", []int{400}},
		} {
			a := s.do("POST", "/upload", strings.NewReader(c.body), "Content-Type", c.typ)
			assert.Contains(t, c.code, a.code, "%s: %s", name, a.body)
			s.clean(map[string]string{})
		}
	})
}

// What a client sends is cut when it stalls, and nothing is left of it.
func TestAttackSlow(t *testing.T) {
	both(t, ServerOptions{Stall: 300 * time.Millisecond}, func(t *testing.T, s *site) {
		_, r := s.raw("PUT", "/uploads/a", 100, "hello")
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 408, resp.StatusCode)
		_, r = s.raw("POST", "/upload", 1000, formOf("a", "hello")[:70], "Content-Type", formType)
		resp, err = http.ReadResponse(r, nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, 408, resp.StatusCode)
		s.clean(map[string]string{})
	})
}

// A reader that takes nothing is cut.
func TestAttackSlowReader(t *testing.T) {
	both(t, ServerOptions{Stall: 300 * time.Millisecond}, func(t *testing.T, s *site) {
		const size = 64 << 20 // more than the system buffers
		p := Partial{ID: "id", Name: "big", Size: size}
		require.NoError(t, s.storage.Save(t.Context(), p))
		n, err := s.storage.Append(t.Context(), p, io.LimitReader(zeros{}, size))
		require.NoError(t, err)
		p.Offset = n
		require.NoError(t, s.storage.Publish(t.Context(), p, Info{Name: "big", Type: "text/plain"}, false))
		_, r := s.raw("GET", "/uploads/big", 0, "")
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		defer resp.Body.Close()
		s.idle() // the server has given up, though nothing was read
		_, err = io.Copy(io.Discard, resp.Body)
		assert.Error(t, err)
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAttackOtherSite(t *testing.T) {
	both(t, ServerOptions{}, func(t *testing.T, s *site) {
		body, typ := form(t, "a", "x")
		assert.Equal(t, 403, s.do("POST", "/upload", body, "Content-Type", typ, "Sec-Fetch-Site", "cross-site").code)
		body, typ = form(t, "a", "x")
		assert.Equal(t, 403, s.do("POST", "/upload", body, "Content-Type", typ, "Origin", "https://evil.example").code)
		s.clean(map[string]string{})
	})
}

// A refusal reaches a client that reads nothing before it has sent all.
func TestRefusalReachesClient(t *testing.T) {
	both(t, ServerOptions{MaxFile: 10}, func(t *testing.T, s *site) {
		for _, size := range []int{1 << 20, 15 << 20} {
			c, r := s.raw("PUT", "/uploads/a", size, "")
			_, err := io.Copy(c, io.LimitReader(zeros{}, int64(size)))
			require.NoError(t, err, "the server drops what it has refused")
			resp, err := http.ReadResponse(r, nil)
			require.NoError(t, err)
			assert.Equal(t, 413, resp.StatusCode)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			_, err = io.WriteString(c, "GET /files/uploads/b HTTP/1.1\r\nHost: x\r\n\r\n")
			require.NoError(t, err)
			resp, err = http.ReadResponse(r, nil)
			require.NoError(t, err, "the connection goes on")
			assert.Equal(t, 404, resp.StatusCode)
			require.NoError(t, resp.Body.Close())
		}
		// One that asks first sends nothing.
		_, r := s.raw("PUT", "/uploads/a", 1<<30, "", "Expect", "100-continue")
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		assert.Equal(t, 413, resp.StatusCode)
		assert.True(t, resp.Close)
		require.NoError(t, resp.Body.Close())
	})
}

// broken is a storage with an error that quotes what came.
type broken struct{ Storage }

func (broken) Open(context.Context, string) (io.ReadSeekCloser, Info, error) {
	return nil, Info{}, errors.New("<script>\r\nX-Evil: 1")
}

func TestAttackErrors(t *testing.T) {
	s := newSite(t, broken{Memory(0)}, ServerOptions{})
	for _, accept := range []string{"text/html", "application/json", "*/*"} {
		a := s.do("GET", "/uploads/a", nil, "Accept", accept)
		assert.Equal(t, 500, a.code)
		assert.NotContains(t, a.body, "script")
		assert.Empty(t, a.header.Get("X-Evil"))
	}
}
