//go:build linux

// Serial asks a thermometer on a serial line for the temperature, three times. No goroutine
// waits in a read: the line and the time that an answer has are the loop's. Without a
// -line the program has a thermometer of its own at the other end of a pty pair.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop"
)

func main() {
	name := flag.String("line", "", "the serial line, such as /dev/ttyUSB0")
	tick, limit := time.Second, time.Second
	flag.Func("tick", "how long to wait between two questions (1s)", flags.Duration(&tick, time.Millisecond))
	flag.Func("limit", "how long the answer may take (1s)", flags.Duration(&limit, time.Millisecond))
	flags.Parse()
	if err := run(context.Background(), *name, tick, limit); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, name string, tick, limit time.Duration) error {
	loop, err := ioloop.New()
	if err != nil {
		return err
	}
	defer loop.Close()
	if name == "" {
		var device *os.File
		if device, name, err = openPTY(); err != nil {
			return err
		}
		if _, err := loop.Adopt(device, thermometer); err != nil {
			return err
		}
	}
	line, err := openLine(name, unix.B9600)
	if err != nil {
		return err
	}
	return ask(ctx, loop, line, 3, tick, limit)
}

// ask asks n times, and returns when the last answer has come, or one has not.
func ask(ctx context.Context, loop *ioloop.Loop, line *os.File, n int, tick, limit time.Duration) error {
	var failed error
	var late *ioloop.Timer
	answer := func(c *ioloop.Conn, data []byte) (int, error) {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return 0, nil // the rest of the line is still to come
		}
		late.Stop()
		stdout.Println("temperature:", stdout.Line(string(bytes.TrimSpace(data[:end]))))
		if n--; n == 0 {
			c.Close()
		} else {
			loop.AfterFunc(tick, func() { question(c, late, limit) })
		}
		return end + 1, nil
	}
	c, err := loop.Adopt(line, func(c *ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{Data: answer, Close: func(_ *ioloop.Conn, err error) {
			failed = err
			loop.Stop()
		}}
	})
	if err != nil {
		return err
	}
	late = loop.AfterFunc(limit, func() { c.Abort(fmt.Errorf("no answer within %v: %w", limit, os.ErrDeadlineExceeded)) })
	loop.Soon(func() { question(c, late, limit) })
	if err := loop.Run(ctx); err != nil {
		return err
	}
	return failed
}

// question sends a question, whose answer has so long.
func question(c *ioloop.Conn, late *ioloop.Timer, limit time.Duration) {
	c.Write([]byte("T?\r\n"))
	late.Reset(limit)
}
