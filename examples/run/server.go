package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/netx/httpx"
)

// serveFolder serves the files of a folder, as python -m http.server does: to this machine,
// unless -bind says otherwise. No link leads out of the folder.
func serveFolder(args []string) (int, error) {
	flags := flag.NewFlagSet("run -m http.server", flag.ContinueOnError)
	bind := flags.String("bind", "127.0.0.1", "the `address` to listen at")
	folder := flags.String("directory", ".", "the `folder` to serve")
	if err := flags.Parse(args); err != nil {
		return 2, nil // flags has said it
	}
	port := "8000"
	if flags.NArg() > 0 {
		port = flags.Arg(0)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 || flags.NArg() > 1 {
		return 2, fmt.Errorf("http.server: %v, want one port from 0 to 65535", flags.Args())
	}
	root, err := os.OpenRoot(*folder)
	if err != nil {
		return 1, err
	}
	defer root.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	l, err := net.Listen("tcp", net.JoinHostPort(*bind, port))
	if err != nil {
		return 1, err
	}
	addr := l.Addr().(*net.TCPAddr)
	stdout.Println(fmt.Sprintf("Serving HTTP on %s port %d (http://%s/) ...", addr.IP, addr.Port, addr))
	files := http.FileServerFS(root.FS())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Printf("%s %s %s", r.RemoteAddr, r.Method, strconv.Quote(r.URL.Path))
		files.ServeHTTP(w, r)
	})
	if err := httpx.Serve(ctx, l, handler); err != nil {
		return 1, err
	}
	return 0, nil
}
