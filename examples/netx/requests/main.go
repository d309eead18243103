// Requests gets JSON from a server, and posts it a form and JSON. The server is one of its
// own, and fails the first time that it is asked: the session asks again. A page that does
// not exist is an error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/httpx"
)

// A Post is what the server has.
type Post struct {
	ID     int    `json:"id"`
	UserID int    `json:"userId"`
	Title  string `json:"title"`
}

// An Echo is what the server returns of what it was sent.
type Echo struct {
	Form map[string]string `json:"form"`
	JSON map[string]string `json:"json"`
}

func main() {
	flags.Parse()
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		serving, stop := context.WithCancel(ctx)
		defer stop() // the server drains
		g.Go(func(context.Context) error { return httpx.Serve(serving, listener, handler()) })
		return ask(ctx, "http://"+listener.Addr().String())
	})
}

// ask is the client.
func ask(ctx context.Context, base string) error {
	s, err := httpx.NewSession(httpx.SessionOptions{Base: base, Retry: concurrent.RetryOptions{
		OnRetry: func(_ int, err error, _ time.Duration) { log.Println("again, after", err) },
	}})
	if err != nil {
		return err
	}
	defer s.Close()

	response, err := s.Get(ctx, "posts/1")
	if err != nil {
		return err
	}
	stdout.Println("Status Code:", response.StatusCode)
	post, err := httpx.JSON[Post](response, nil)
	if err != nil {
		return err
	}
	stdout.Println("Response:", post)

	form, err := httpx.JSON[Echo](s.Post(ctx, "post", httpx.FormBody(url.Values{"key": {"value"}})))
	if err != nil {
		return err
	}
	stdout.Println("Response:", form.Form)
	sent, err := httpx.JSON[Echo](s.Post(ctx, "post", httpx.JSONBody(map[string]string{"key": "value"})))
	if err != nil {
		return err
	}
	stdout.Println("Response:", sent.JSON)

	_, err = s.Get(ctx, "posts/2")
	status, ok := errors.AsType[*httpx.StatusError](err)
	if !ok {
		return errors.Join(errors.New("there is no second post"), err)
	}
	stdout.Println("Status Code:", status.Code)
	return nil
}

// handler is the server.
func handler() http.Handler {
	var asked atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /posts/1", func(w http.ResponseWriter, r *http.Request) {
		if !asked.Swap(true) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer(w, Post{ID: 1, UserID: 1, Title: "sunt aut facere"})
	})
	mux.HandleFunc("POST /post", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		var e Echo
		if r.Header.Get("Content-Type") == "application/json" {
			if err := json.NewDecoder(r.Body).Decode(&e.JSON); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer(w, e)
			return
		}
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		e.Form = map[string]string{}
		for name := range r.PostForm {
			e.Form[name] = r.PostForm.Get(name)
		}
		answer(w, e)
	})
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Println(err) // the client has left
	}
}
