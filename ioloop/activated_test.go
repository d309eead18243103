package ioloop_test

import (
	"fmt"
	"io"
	"net"
	"os"

	"github.com/fanfold/fanfold/ioloop"
)

// activated is the environment variable that makes the test binary a service whose sockets
// systemd has opened.
const activated = "FANFOLD_IOLOOP_ACTIVATED"

// beActivated serves an echo on the first of its sockets until its standard input ends.
func beActivated() int {
	if os.Getenv("LISTEN_FDS") != "1" {
		return 1
	}
	f := os.NewFile(3, "LISTEN_FD_3")
	ln, err := net.FileListener(f)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	f.Close()
	ring := ioloop.RingOff
	if os.Getenv(activated) == "ring" {
		ring = ioloop.RingTry
	}
	l, err := ioloop.New(ioloop.Options{Ring: ring})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	s, err := l.Serve(ln, func(*ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) { return c.Write(data) }}
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		s.Shutdown(background)
		l.Stop()
	}()
	if err := l.Run(background); err != nil {
		fmt.Println(err)
		return 1
	}
	l.Close()
	fmt.Println("ended")
	return 0
}
