//go:build linux

package frame_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/frame"
)

// servers are the servers of this program. They run until the listener is closed.
var servers = map[string]func(net.Listener) error{
	"fanfold": func(l net.Listener) error {
		return frame.Serve(context.Background(), l, frame.Length(4, binary.BigEndian), func(_ context.Context, msg []byte) ([]byte, error) {
			return msg, nil
		})
	},
	"raw-bytes": plain(func(c net.Conn) error {
		buf := make([]byte, 16<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return err
			}
			if _, err := c.Write(buf[:n]); err != nil {
				return err
			}
		}
	}),
	"raw-bytes-netx": func(l net.Listener) error { // what netx.Serve adds to it
		return netx.Serve(context.Background(), l, func(_ context.Context, c net.Conn) error {
			buf := make([]byte, 16<<10)
			for {
				n, err := c.Read(buf)
				if err == io.EOF {
					return nil
				}
				if err != nil {
					return err
				}
				if _, err := c.Write(buf[:n]); err != nil {
					return err
				}
			}
		})
	},
	"two-writes": plain(func(c net.Conn) error {
		in := bufio.NewReaderSize(c, 16<<10)
		head, msg := make([]byte, 4), make([]byte, 1<<20)
		for {
			if _, err := io.ReadFull(in, head); err != nil {
				return err
			}
			msg := msg[:binary.BigEndian.Uint32(head)]
			if _, err := io.ReadFull(in, msg); err != nil {
				return err
			}
			if _, err := c.Write(head); err != nil {
				return err
			}
			if _, err := c.Write(msg); err != nil {
				return err
			}
		}
	}),
}

// plain returns a server with a goroutine for each connection and nothing else.
func plain(handle func(net.Conn) error) func(net.Listener) error {
	return func(l net.Listener) error {
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}
}

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
	return servers[name](l)
}
