// Fileserver keeps files in a folder: a form in the browser uploads them, and so do PUT, tus
// and the programs netx/upload and netx/download. Names are cleaned, nothing is overwritten,
// and sizes are bounded.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/netx/files"
	"github.com/fanfold/fanfold/netx/httpx"
)

func main() {
	addr := flag.String("addr", "localhost:5000", "the address to listen on")
	dir := flag.String("dir", "uploads", "the folder of the files")
	flags.Parse()
	storage, err := files.Local(*dir)
	if err != nil {
		log.Fatal(err)
	}
	server := files.NewServer(storage, files.ServerOptions{Title: "Upload a file", Existing: files.Number, MaxTotal: 10 << 30})
	ctx, listener := serve.Listen(*addr)
	go expire(ctx, server)
	if err := httpx.Serve(ctx, listener, server); err != nil { // with time-outs
		log.Fatal(err)
	}
}

// expire removes uploads that were begun a day ago, and never ended.
func expire(ctx context.Context, server *files.Server) {
	for ctx.Err() == nil {
		if err := server.Expire(ctx); err != nil && ctx.Err() == nil {
			log.Print(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Hour):
		}
	}
}
