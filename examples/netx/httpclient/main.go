// Httpclient asks the program httpserver, or another server, and prints the answer, which
// may have any status.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/httpx"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the address of the server")
	flags.Parse()
	if err := run(context.Background(), *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	s, err := httpx.NewSession(httpx.SessionOptions{Base: "http://" + addr, AnyStatus: true})
	if err != nil {
		return err
	}
	defer s.Close()
	response, err := s.Get(ctx, "/")
	if err != nil {
		return err
	}
	text, err := httpx.Text(response, nil)
	if err != nil {
		return err
	}
	stdout.Println("Status:", response.StatusCode)
	stdout.Println("Reason:", http.StatusText(response.StatusCode))
	stdout.Println("Response:", stdout.Line(text))
	return nil
}
