//go:build linux

package httpx_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/fanfold/fanfold/netx/httpx"
)

// serverRole is the variable that makes this program a server instead of a test.
const serverRole = "FANFOLD_HTTPX_SERVER"

func TestMain(m *testing.M) {
	if name := os.Getenv(serverRole); name != "" {
		if err := serve(name); err != nil {
			fmt.Fprintln(os.Stderr, "httpx:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, world!") })

// serve prints an address and serves until the standard input ends.
func serve(name string) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(l.Addr())
	if name == "fanfold" {
		return httpx.Serve(context.Background(), l, hello)
	}
	if name == "net-http-times" { // those of httpx.Serve
		return (&http.Server{Handler: hello, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}).Serve(l)
	}
	return http.Serve(l, hello)
}
