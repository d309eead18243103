package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// The program's own site has ownPages pages, of which page n links to pages 2n+1 and
// 2n+2, back to the first, and here and there to something that is not as it should be.
const ownPages = 300

// serve serves the program's own site on a free port of the loopback interface.
func serve() (site *url.URL, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{Handler: ownSite(), ReadHeaderTimeout: 10 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { server.Serve(listener) })
	stop = func() {
		server.Close()
		serving.Wait()
	}
	return &url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}, stop, nil
}

// ownSite returns what answers requests for the pages.
func ownSite() http.Handler {
	var mu sync.Mutex
	asked := map[string]int{} // by path

	mux := http.NewServeMux()
	mux.Handle("/{$}", http.RedirectHandler("/page/0", http.StatusFound))
	mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "User-agent: *\nDisallow: /private/\n")
	})
	mux.HandleFunc("/page/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 0 || n >= ownPages {
			http.NotFound(w, r)
			return
		}
		mu.Lock()
		asked[r.URL.Path]++
		first := asked[r.URL.Path] == 1
		mu.Unlock()
		switch {
		case n%20 == 7 && first: // better the second time
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		case n%25 == 3:
			time.Sleep(20 * time.Millisecond)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<title>Page %d</title>\n<a href=\"/page/0\">home</a>\n", n)
		for _, next := range []int{2*n + 1, 2*n + 2} {
			if next < ownPages {
				fmt.Fprintf(w, "<a class='next' href='%d#top'>page %d</a>\n", next, next)
			}
		}
		if n%50 == 10 {
			fmt.Fprintf(w, "<a href=\"/missing?page=%d&amp;again=1\">gone</a>\n", n)
		}
		fmt.Fprint(w, "<a href=\"/private/diary\">private</a> <a href=\"http://another.example/\">away</a> <a href=\"mailto:x@another.example\">mail</a>\n")
	})
	mux.HandleFunc("/private/", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "who let you in?", http.StatusForbidden)
	})
	return mux
}
