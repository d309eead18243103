//go:build linux

package frame_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
	"github.com/fanfold/fanfold/netx/frame"
)

// A task is what a client does: so many connections, each of which sends so many messages of
// so many bytes at once, and waits for all answers.
type task struct {
	Addr              string
	Server            int // its process
	Conns, Size, Deep int
}

// A client sends frames that were made before, and looks at the size of the answers only.
type client struct {
	task
	conns  []net.Conn
	frames []byte
}

// request makes the connections. Then it reads from its standard input how many messages to
// measure, until that ends.
func request(spec string) error {
	c := &client{}
	if err := json.Unmarshal([]byte(spec), &c.task); err != nil {
		return err
	}
	one, err := frame.Length(4, binary.BigEndian).Append(nil, bytes.Repeat([]byte("x"), c.Size))
	if err != nil {
		return err
	}
	c.frames = bytes.Repeat(one, c.Deep)
	for range c.Conns {
		conn, err := net.Dial("tcp4", c.Addr)
		if err != nil {
			return err
		}
		c.conns = append(c.conns, conn)
	}
	if _, err := c.measure(int64(c.Conns * c.Deep)); err != nil {
		return err
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

// measure sends at least n messages and waits for all answers.
func (c *client) measure(n int64) (pinned.Result, error) {
	return pinned.Measure(c.Server, func() (int64, error) {
		rounds := max(1, n/int64(c.Conns*c.Deep))
		errs := make([]error, c.Conns)
		var all sync.WaitGroup
		for i, conn := range c.conns {
			all.Go(func() { errs[i] = c.rounds(conn, rounds) })
		}
		all.Wait()
		return rounds * int64(c.Conns*c.Deep), errors.Join(errs...)
	})
}

// rounds sends the frames and waits for as many bytes, again and again.
func (c *client) rounds(conn net.Conn, n int64) error {
	buf := make([]byte, len(c.frames))
	for range n {
		if _, err := conn.Write(c.frames); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, buf); err != nil {
			return err
		}
	}
	if !bytes.Equal(buf, c.frames) {
		return fmt.Errorf("the answer is %.20q", buf)
	}
	return nil
}
