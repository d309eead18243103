package conformance

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx/cert"
	"github.com/fanfold/fanfold/netx/httpx"
)

// echoHTTP serves HTTP until the test ends, and returns the address. It sends bodies back,
// and says in a header what it was asked.
func echoHTTP(t *testing.T, o httpx.ServeOptions) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- httpx.Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			w.Header().Set("Asked", r.Method+" "+r.Proto+" "+r.Header.Get("Content-Type"))
			w.Write(body)
		}), o)
	}()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-done)
	})
	return l.Addr().String()
}

// peer returns the standard output of another program.
func peer(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("this machine has no %s", name)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s %q: %s", name, args, out)
	return string(out)
}

func TestCurl(t *testing.T) {
	const asked = "%header{asked}"
	file := filepath.Join(t.TempDir(), "large")
	large := strings.Repeat("0123456789abcdef", 200_000)
	require.NoError(t, os.WriteFile(file, []byte(large), 0o600))
	curl := func(args ...string) string {
		return peer(t, "curl", append([]string{"--silent", "--show-error", "--max-time", "60"}, args...)...)
	}
	t.Run("plain", func(t *testing.T) {
		url := "http://" + echoHTTP(t, httpx.ServeOptions{})
		assert.Equal(t, "a=1POST HTTP/1.1 application/x-www-form-urlencoded", curl("-w", asked, "-d", "a=1", url))
		assert.Equal(t, "xPUT HTTP/1.1 text/plain", curl("-w", asked, "-X", "PUT", "-H", "Content-Type: text/plain", "-H", "Transfer-Encoding: chunked", "-d", "x", url), "in chunks")
		assert.True(t, large == curl("-H", "Expect: 100-continue", "--data-binary", "@"+file, url))
		assert.Equal(t, "GET HTTP/1.1", curl("-w", asked, "--http2", url), "no unencrypted HTTP/2 by an upgrade")
		assert.Equal(t, "GET HTTP/1.1GET HTTP/1.1", curl("-w", asked, url, url), "two over one connection")
	})
	t.Run("TLS", func(t *testing.T) {
		certificate, _, err := cert.SelfSigned("127.0.0.1")
		require.NoError(t, err)
		url := "https://" + echoHTTP(t, httpx.ServeOptions{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
		assert.Equal(t, "x", curl("-k", "--http1.1", "-d", "x", url))
		if strings.Contains(curl("--version"), "HTTP2") {
			assert.Equal(t, "GET HTTP/2.0", curl("-k", "-w", asked, "--http2", url))
			assert.True(t, large == curl("-k", "--http2", "--data-binary", "@"+file, url))
		}
	})
}

// Python's requests keeps a connection over several requests, among them one in chunks.
func TestRequests(t *testing.T) {
	if _, err := exec.LookPath("python3"); err == nil && exec.CommandContext(t.Context(), "python3", "-c", "import requests").Run() != nil {
		t.Skip("this machine's python3 lacks requests")
	}
	out := peer(t, "python3", "-c", `
import json, sys, requests
url = sys.argv[1]
s = requests.Session()
def asked(r):
    r.raise_for_status()
    return [r.headers["Asked"], r.text]
print(json.dumps([
    asked(s.get(url)),
    asked(s.post(url, data={"k": "v w"})),
    asked(s.post(url, json={"n": 1})),
    asked(s.put(url, data=(part for part in [b"in ", b"chunks"]))),
    asked(s.head(url)),
]))
`, "http://"+echoHTTP(t, httpx.ServeOptions{}))
	var got [][2]string
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	assert.Equal(t, [][2]string{
		{"GET HTTP/1.1", ""},
		{"POST HTTP/1.1 application/x-www-form-urlencoded", "k=v+w"},
		{"POST HTTP/1.1 application/json", `{"n": 1}`},
		{"PUT HTTP/1.1", "in chunks"},
		{"HEAD HTTP/1.1", ""},
	}, got)
}
