// Package serve is what the programs that are servers have in common: how they begin and
// how they end.
package serve

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/stdout"
)

// Listen listens on a TCP address and prints which one it is: port 0 becomes a free port. The
// context ends at an interrupt or SIGTERM. A second one ends the program at once. An
// address that cannot be had ends it with a message and status 1.
func Listen(addr string) (context.Context, *net.TCPListener) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println("Serving on", listener.Addr())
	return ctx, listener.(*net.TCPListener)
}
