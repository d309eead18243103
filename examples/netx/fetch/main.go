// Fetch gets pages at the same time, in the order in which they are asked for, and prints
// them. The server is one of its own. A page that is missing is said to be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/netx/httpx"
)

func main() {
	tick := time.Second
	flag.Func("tick", "how long the server takes for a page (1s)", flags.Duration(&tick, 0))
	flags.Parse()
	if err := run(context.Background(), tick); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, tick time.Duration) error {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		serving, stop := context.WithCancel(ctx)
		defer stop() // the server drains
		g.Go(func(context.Context) error { return httpx.Serve(serving, listener, pages(tick)) })
		return fetch(ctx, "http://"+listener.Addr().String())
	})
}

// fetch gets the pages, eight at a time.
func fetch(ctx context.Context, base string) error {
	s, err := httpx.NewSession(httpx.SessionOptions{Base: base})
	if err != nil {
		return err
	}
	defer s.Close()
	get := func(ctx context.Context, path string) (string, error) {
		page, err := httpx.Text(s.Get(ctx, path))
		if status, ok := errors.AsType[*httpx.StatusError](err); ok {
			return fmt.Sprintf("%s: %d", path, status.Code), nil // the others are still wanted
		}
		return page, err
	}
	begin := time.Now()
	paths := []string{"one", "two", "three", "four", "five", "six", "seven", "missing"}
	for page, err := range par.MapSeq(ctx, slices.Values(paths), get, par.Options{Workers: 8}) {
		if err != nil {
			return err
		}
		stdout.Println(stdout.Line(page))
	}
	log.Printf("it took %v", time.Since(begin).Round(time.Millisecond))
	return nil
}

// pages is the server.
func pages(tick time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		if concurrent.Sleep(r.Context(), tick) != nil {
			return // the client has left
		}
		if r.PathValue("name") == "missing" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "<html>This is page %s</html>", r.PathValue("name"))
	})
	return mux
}
