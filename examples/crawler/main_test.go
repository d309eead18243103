package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// crawled runs the program and returns what it printed, without the port.
func crawled(t *testing.T, ctx context.Context, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	o, err := parse(args)
	require.NoError(t, err)
	var out, errs strings.Builder
	status = run(ctx, o, &out, console.NewWriter("crawler", &errs, false))
	port := regexp.MustCompile(`127\.0\.0\.1:\d+`)
	return port.ReplaceAllString(out.String(), "SITE"), port.ReplaceAllString(errs.String(), "SITE"), status
}

func TestOwnSite(t *testing.T) {
	for _, workers := range []string{"1", "8", "64"} {
		stdout, stderr, status := crawled(t, t.Context(), "-workers", workers, "-delay", "0s")
		require.Zero(t, status, stderr)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		require.Len(t, lines, 7)
		require.Equal(t, "broken: http://SITE/missing?page=10&again=1, from http://SITE/page/10: after 1 attempt: 404 Not Found", lines[0])
		require.Equal(t, "307 pages visited, 6 broken links", lines[6])
	}
}

func TestBounds(t *testing.T) {
	stdout, _, _ := crawled(t, t.Context(), "-pages", "20", "-delay", "0s")
	require.Regexp(t, `(?m)^(19|20) pages visited, [01] broken links$`, stdout, "one of them may be private")
	stdout, _, _ = crawled(t, t.Context(), "-depth", "3", "-delay", "0s")
	require.Equal(t, "16 pages visited, 0 broken links\n", stdout, "/, which is home, home as a link, and 2 + 4 + 8 below it")
}

// An interrupt leaves what was found until then. It comes with the request for the
// third page, which is not answered before.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/third" {
			cancel()
			<-r.Context().Done()
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<a href="/second"></a><a href="/third"></a>`)
	}))
	defer server.Close()
	stdout, stderr, status := crawled(t, ctx, "-workers", "1", "-delay", "0s", server.URL)
	require.Equal(t, 130, status)
	require.Contains(t, stderr, "context canceled")
	require.Equal(t, "2 pages visited, 0 broken links\n", stdout)

	stdout, _, status = crawled(t, ctx, "-delay", "0s") // before it has begun
	require.Equal(t, 130, status)
	require.Empty(t, stdout)
}

// A page that is slow to come does not make others seem to be further away.
func TestDepthIsTheShortestWay(t *testing.T) {
	deep := make(chan bool)
	pages := map[string]string{
		"/":     `<a href="/slow"></a><a href="/quick"></a>`,
		"/slow": `<a href="/near"></a>`, "/quick": `<a href="/far"></a>`,
		"/far":  `<a href="/near"></a>`,
		"/near": `<a href="/end"></a>`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			close(deep)
		case "/slow": // until the other way is known, if anybody takes it
			select {
			case <-deep:
			case <-time.After(50 * time.Millisecond):
			}
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, pages[r.URL.Path])
	}))
	defer server.Close()
	stdout, stderr, status := crawled(t, t.Context(), "-depth", "3", "-delay", "0s", server.URL)
	require.Zero(t, status, stderr)
	require.Equal(t, "6 pages visited, 0 broken links\n", stdout)
}

// A site that is not the program's own makes for a status.
func TestBrokenSite(t *testing.T) {
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, `<A CLASS=x HREF = "/down">x</A><a href='/away'>y</a><a href="/binary">z</a><a href="%zz">?</a>`)
		case "/down":
			tries++
			http.Error(w, "never", http.StatusBadGateway)
		case "/away":
			http.Redirect(w, r, "http://localhost:1/", http.StatusFound)
		case "/binary":
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, `<a href="/not-html">no</a>`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	stdout, stderr, status := crawled(t, t.Context(), "-workers", "1", "-delay", "0s", server.URL)
	require.Equal(t, 1, status, stderr)
	require.Equal(t, 4, tries)
	require.Contains(t, stdout, "broken: http://SITE/down, from http://SITE/: after 4 attempts: 502 Bad Gateway\n")
	require.Contains(t, stdout, "broken: http://SITE/away, from http://SITE/: ")
	require.Contains(t, stdout, "4 pages visited, 2 broken links\n")
	server.Close()
	_, stderr, status = crawled(t, t.Context(), server.URL)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "connection refused")
}

// However many ask, the site is asked once in a while.
func TestPoliteness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fetcher{delay: time.Second}
		begin := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		var asking sync.WaitGroup
		for range 5 {
			asking.Go(func() {
				if f.wait(t.Context()) == nil {
					mu.Lock()
					at = append(at, time.Since(begin))
					mu.Unlock()
				}
			})
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second/2, errors.New("gone"))
		defer cancel()
		time.Sleep(time.Millisecond)
		require.EqualError(t, f.wait(ctx), "gone")
		asking.Wait()
		require.Equal(t, []time.Duration{0, 1 * time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}, at)
	})
}

func TestLinks(t *testing.T) {
	base, err := url.Parse("http://a.example/dir/page?q")
	require.NoError(t, err)
	body := `<a href="x">1</a> <a id=1 href='../y?a=1&amp;b=2#frag'>2</a> <a href="x#again">3</a>
<link href="no"> <a name="no"> <a href="mailto:a@b"> <a href="//b.example"> <a href="#top"> <a href="http://[bad">`
	found, err := links(t.Context(), page{base, []byte(body)})
	require.NoError(t, err)
	var got []string
	for _, u := range found {
		got = append(got, u.String())
	}
	require.Equal(t, []string{"http://a.example/dir/x", "http://a.example/y?a=1&b=2", "http://b.example/", "http://a.example/dir/page?q"}, got)
}

func TestRobots(t *testing.T) {
	text := "User-agent: other\nDisallow: /other\n\nuser-AGENT: *\nDisallow: /a # why\nDisallow:\nAllow: /b\nDISALLOW:/c\n"
	require.Equal(t, []string{"/a", "/c"}, forbidden(text))
	require.Empty(t, forbidden(""))
}

// A page that cannot be read ends the crawl, and leaves nothing running.
func TestReaderFails(t *testing.T) {
	pool := concurrent.NewPool()
	o, err := parse(nil)
	require.NoError(t, err)
	c := newCrawl(o, func(context.Context, *url.URL) (page, error) { return page{}, nil }, pool)
	require.NoError(t, pool.Close())
	first := &url.URL{Scheme: "http", Host: "a", Path: "/"}
	require.ErrorIs(t, c.run(t.Context(), first), concurrent.ErrClosed)
}

func TestFlags(t *testing.T) {
	cases := []struct{ args, want string }{
		{"-workers 0", `invalid value "0" for flag -workers: want a whole number from 1 to 256`},
		{"-pages many", `invalid value "many" for flag -pages: want a whole number from 1 to 1000000`},
		{"-depth -1", `invalid value "-1" for flag -depth: want a whole number from 0 to 1000`},
		{"-delay 5", `invalid value "5" for flag -delay: want a duration such as 50ms, of 0s at least`},
		{"-delay -5s", `invalid value "-5s" for flag -delay: want a duration such as 50ms, of 0s at least`},
		{"ftp://a", `"ftp://a" is not the URL of a web site`},
		{"http://a http://b", "2 URLs given, want at most one"},
	}
	for _, c := range cases {
		_, err := parse(strings.Fields(c.args))
		require.EqualError(t, err, c.want)
	}
	o, err := parse([]string{"http://a/b"})
	require.NoError(t, err)
	require.Equal(t, 200*time.Millisecond, o.delay)
	require.Equal(t, "http://a/b", o.site.String())
}
