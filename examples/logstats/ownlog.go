package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/fanfold/fanfold/examples/internal/goroot"
	"github.com/fanfold/fanfold/examples/logstats/accesslog"
	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
)

const (
	visits   = 20_000
	visitors = 16 // at the same time
	maxPages = 5_000
)

// ownLog writes an access log of a site that it serves and visits itself, and
// returns its path and what removes it again.
func (j *job) ownLog(ctx context.Context) (path string, remove func(), err error) {
	dir, err := goroot.Sources(ctx)
	if err != nil {
		return "", nil, err
	}
	f, err := os.CreateTemp("", "logstats-*.log")
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	remove = func() { os.Remove(f.Name()) }
	j.console.Printf("no LOG given: serving %s on the loopback interface, and visiting it %d times", dir, visits)
	w := bufio.NewWriter(f)
	err = visit(ctx, dir, w, visits)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return f.Name(), remove, nil
}

// visit serves the files below dir on a free port, asks n times for one of them,
// and logs the requests to w.
func visit(ctx context.Context, dir string, w io.Writer, n int) error {
	pages, err := pages(dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           logging(http.FileServer(http.Dir(dir)), w),
		ReadHeaderTimeout: 10 * time.Second,
	}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	defer serving.Wait()
	defer server.Close()

	transport := &http.Transport{MaxIdleConnsPerHost: visitors}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	site := "http://" + listener.Addr().String()
	err = par.ForEach(ctx, make([]struct{}, n), visitor(client, site, pages), par.Options{Workers: visitors})
	if err != nil {
		return err
	}
	return server.Shutdown(ctx) // the log is complete when the last handler has returned
}

// visitor returns a function that makes one request as some visitor might: for
// popular pages more often than for others, sometimes for one that is not there,
// for a part of it, or only if it has changed.
func visitor(client *http.Client, site string, pages []string) func(context.Context, struct{}) error {
	var mu sync.Mutex
	source := rand.NewPCG(1, 2) // the same every time
	random := rand.New(source)
	pages = functional.Shuffle(slices.Values(pages), source)
	popular := rand.NewZipf(random, 1.2, 3, uint64(len(pages)-1))
	from := rand.NewZipf(random, 1.1, 10, 1<<12)
	return func(ctx context.Context, _ struct{}) error {
		mu.Lock()
		page, host, mood := pages[popular.Uint64()], from.Uint64(), random.IntN(100)
		mu.Unlock()
		method := http.MethodGet
		if mood < 5 {
			method = http.MethodHead
		}
		if mood >= 95 {
			page += ".bak"
		}
		request, err := http.NewRequestWithContext(ctx, method, site+page, nil)
		if err != nil {
			return err
		}
		switch {
		case mood >= 80 && mood < 90:
			request.Header.Set("If-Modified-Since", time.Now().UTC().Format(http.TimeFormat))
		case mood >= 90 && mood < 95:
			request.Header.Set("Range", "bytes=0-999")
		}
		request.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", host>>8, host&255))
		request.Header.Set("User-Agent", "logstats (a visitor of its own site)")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
}

// pages returns the paths of some files below dir.
func pages(dir string) (paths []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		paths = append(paths, "/"+filepath.ToSlash(rel))
		if len(paths) == maxPages {
			return fs.SkipAll
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("there is nothing to serve in %s", dir)
	}
	return paths, err
}

// logging returns handler with its requests logged to w in Combined Log Format,
// followed by the seconds that each took.
func logging(handler http.Handler, w io.Writer) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		seen := &response{ResponseWriter: rw, status: http.StatusOK}
		handler.ServeHTTP(seen, r)
		took := time.Since(begin)
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, "%s - - [%s] %q %d %d %q %q %.6f\n", r.Header.Get("X-Forwarded-For"),
			begin.Format(accesslog.TimeLayout), r.Method+" "+r.URL.RequestURI()+" "+r.Proto,
			seen.status, seen.bytes, r.Referer(), r.UserAgent(), took.Seconds())
	})
}

// A response notes what was answered.
type response struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *response) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *response) Write(p []byte) (int, error) {
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}
