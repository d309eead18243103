//go:build linux

package ws_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
)

// A task is what a client does: so many connections, each of which sends so many messages of
// so many bytes at once, and waits for all answers.
type task struct {
	Addr              string
	Server            int // its process
	Conns, Size, Deep int
	Deflate           bool
	Broadcast         bool // the server sends each message to all connections
	Silent            int  // of these read nothing
}

// A client sends frames that were made before, and looks at the size of the answers only.
type client struct {
	task
	conns   []net.Conn
	readers []*bufio.Reader
	frames  []byte
}

// request makes the connections. Then it reads from its standard input how many messages to
// measure, until that ends.
func request(spec string) error {
	c := &client{}
	if err := json.Unmarshal([]byte(spec), &c.task); err != nil {
		return err
	}
	if err := c.prepare(); err != nil {
		return err
	}
	for range c.Conns {
		conn, err := c.connect()
		if err != nil {
			return err
		}
		c.conns = append(c.conns, conn)
		c.readers = append(c.readers, bufio.NewReaderSize(conn, 4<<10))
	}
	if c.Size > 0 {
		if _, err := c.measure(int64(c.Conns * c.Deep)); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var n int64
		if _, err := fmt.Sscan(in.Text(), &n); err != nil {
			return err
		}
		r, err := c.measure(n)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the frames.
func (c *client) prepare() error {
	var text strings.Builder
	for i := 0; text.Len() < c.Size; i++ {
		fmt.Fprintf(&text, `{"id":%d,"name":"name of number %d","price":%d.%02d,"tags":["a","b"]},`, i, i*7919, i*31%1000, i%100)
	}
	f := ws.NewTextFrame([]byte(text.String()[:c.Size]))
	if c.Deflate {
		var err error
		if f, err = wsflate.CompressFrame(f); err != nil {
			return err
		}
	}
	one, err := ws.CompileFrame(ws.MaskFrame(f))
	c.frames = bytes.Repeat(one, c.Deep)
	return err
}

func (c *client) connect() (net.Conn, error) {
	conn, err := net.Dial("tcp4", c.Addr)
	if err != nil {
		return nil, err
	}
	extension := ""
	if c.Deflate {
		extension = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
	}
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+c.Addr+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+extension+"\r\n")
	if err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols || c.Deflate && resp.Header.Get("Sec-WebSocket-Extensions") == "" {
		return nil, fmt.Errorf("the answer is %s %v", resp.Status, resp.Header)
	}
	return conn, nil
}

// measure sends at least n messages and waits for all answers.
func (c *client) measure(n int64) (pinned.Result, error) {
	return pinned.Measure(c.Server, func() (int64, error) {
		if c.Broadcast {
			return c.broadcasts(n)
		}
		return c.echoes(n)
	})
}

// echoes sends at least n messages over all connections, and waits for the answers.
func (c *client) echoes(n int64) (int64, error) {
	rounds := max(1, n/int64(c.Conns*c.Deep))
	errs := make([]error, c.Conns)
	var all sync.WaitGroup
	for i, conn := range c.conns {
		all.Go(func() { errs[i] = c.rounds(conn, rounds) })
	}
	all.Wait()
	return rounds * int64(c.Conns*c.Deep), errors.Join(errs...)
}

// rounds sends the frames and reads the answers, so many times.
func (c *client) rounds(conn net.Conn, n int64) error {
	in := bufio.NewReaderSize(conn, 64<<10)
	for range n {
		sent := make(chan error, 1)
		if len(c.frames) > 64<<10 { // more than what waits on the way
			go func() {
				_, err := conn.Write(c.frames)
				sent <- err
			}()
		} else {
			_, err := conn.Write(c.frames)
			sent <- err
		}
		for range c.Deep {
			h, err := ws.ReadHeader(in)
			if err != nil {
				return err
			}
			if _, err := in.Discard(int(h.Length)); err != nil {
				return err
			}
			if h.OpCode != ws.OpText || !h.Fin || !c.Deflate && int(h.Length) != c.Size {
				return fmt.Errorf("the answer is %+v", h)
			}
		}
		if err := <-sent; err != nil {
			return err
		}
	}
	return nil
}
