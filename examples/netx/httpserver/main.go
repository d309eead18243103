// Httpserver greets each client in HTML.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/httpx"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the address to listen on")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	stdout.Println("Starting server at http://" + listener.Addr().String())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "Hello, world!")
	})
	if err := httpx.Serve(ctx, listener, mux); err != nil { // with time-outs
		log.Fatal(err)
	}
}
