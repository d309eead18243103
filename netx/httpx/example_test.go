package httpx_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"

	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/netx/httpx"
)

type post struct {
	ID    string
	Title string
}

func ExampleSession() {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/posts/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if id == "9" {
			http.NotFound(w, r)
			return
		}
		json.NewEncoder(w).Encode(post{id, "Post " + id})
	})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() { served <- httpx.Serve(ctx, listener, mux) }()

	s, err := httpx.NewSession(httpx.SessionOptions{Base: "http://" + listener.Addr().String() + "/v1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	one := func(ctx context.Context, id string) (post, error) {
		return httpx.JSON[post](s.Get(ctx, "posts/"+id))
	}
	fmt.Println(one(ctx, "1"))
	fmt.Println(par.Map(ctx, []string{"1", "2", "3"}, one, par.Options{Workers: 3})) // many at once
	_, err = one(ctx, "9")
	if status, ok := err.(*httpx.StatusError); ok {
		fmt.Println(status.Code)
	}
	s.Close()
	stop()
	fmt.Println(<-served)
	// Output:
	// {1 Post 1} <nil>
	// [{1 Post 1} {2 Post 2} {3 Post 3}] <nil>
	// 404
	// <nil>
}

func ExampleServe() {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() {
		served <- httpx.Serve(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "Hello, world!")
		}))
	}()
	var s httpx.Session
	fmt.Println(httpx.Text(s.Get(ctx, "http://"+listener.Addr().String())))
	s.Close()
	stop()
	fmt.Println(<-served)
	// Output:
	// Hello, world!
	//  <nil>
	// <nil>
}
