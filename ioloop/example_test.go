//go:build unix && !aix

package ioloop_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// A pipe and a timer in one loop.
func Example() {
	r, w, _ := os.Pipe()
	defer r.Close()
	defer w.Close()
	loop, err := ioloop.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()

	loop.AfterFunc(time.Millisecond, func() { w.WriteString("hello") })
	loop.Watch(int(r.Fd()), poll.Readable, func(poll.Events) {
		text := make([]byte, 100)
		n, _ := r.Read(text)
		fmt.Printf("%s\n", text[:n])
		loop.Stop()
	})
	fmt.Println(loop.Run(context.Background()))
	// Output:
	// hello
	// <nil>
}

func ExampleRun() {
	err := ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		turn, err := ioloop.Call(ctx, loop, func() (int64, error) { return loop.Stats().Turns, nil })
		fmt.Println("called in turn", turn)
		return err
	})
	fmt.Println(err)
	// Output:
	// called in turn 1
	// <nil>
}

// An echo server: Data writes what it gets, and says that it has used all of it.
func ExampleLoop_Serve() {
	ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		listener, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return err
		}
		server, err := loop.Serve(listener, func(*ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
				return c.Write(data)
			}}
		}, ioloop.ConnOptions{Idle: time.Minute})
		if err != nil {
			return err
		}
		client, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			return err
		}
		fmt.Fprintln(client, "hello")
		answer, _ := bufio.NewReader(client).ReadString('\n')
		fmt.Print(answer)
		client.Close()
		return server.Shutdown(ctx)
	})
	// Output: hello
}

func ExampleServer() {
	ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		listener, _ := net.Listen("tcp", "localhost:0")
		server, err := loop.Serve(listener, func(c *ioloop.Conn) *ioloop.Handler {
			c.Write([]byte("busy\n"))
			c.Close()
			return &ioloop.Handler{}
		})
		if err != nil {
			return err
		}
		client, _ := net.Dial("tcp", server.Addr().String())
		answer, err := io.ReadAll(client)
		fmt.Printf("%s%v\n", answer, err)
		client.Close()
		return server.Shutdown(ctx)
	})
	// Output:
	// busy
	// <nil>
}

// Lines over a connection in memory: Data leaves what is no whole line.
func ExampleConn() {
	ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		client := loop.Pipe(func(c *ioloop.Conn) *ioloop.Handler {
			return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
				used, line, _ := bufio.ScanLines(data, false)
				if used > 0 {
					fmt.Fprintf(c, "%q", line)
				}
				return used, nil
			}}
		})
		defer client.Close()
		io.WriteString(client, "one ")
		io.WriteString(client, "line\nand a half")
		answer := make([]byte, 10)
		_, err := io.ReadFull(client, answer)
		fmt.Printf("%s %v\n", answer, err)
		return nil
	})
	// Output: "one line" <nil>
}

func ExampleLoop_Every() {
	loop, _ := ioloop.New()
	defer loop.Close()
	n := 0
	loop.Every(time.Millisecond, func() {
		if n++; n == 3 {
			loop.Stop()
		}
	})
	loop.Run(context.Background())
	fmt.Println(n)
	// Output: 3
}

func ExampleTimer() {
	loop, _ := ioloop.New()
	defer loop.Close()
	timeout := loop.AfterFunc(time.Hour, func() { fmt.Println("an hour has passed") })
	loop.Soon(func() {
		fmt.Println(timeout.Reset(time.Minute), timeout.Stop(), timeout.Stop())
		loop.Stop()
	})
	loop.Run(context.Background())
	// Output: true true false
}

func ExampleWatch() {
	poller, script := poll.Scripted() // any number is a descriptor
	loop, _ := ioloop.New(ioloop.Options{Poller: poller})
	defer loop.Close()
	var watch *ioloop.Watch
	watch, _ = loop.Watch(7, poll.Readable|poll.Writable, func(is poll.Events) {
		fmt.Println(is)
		watch.Stop()
		loop.Stop()
	})
	script.Set(7, poll.Writable)
	loop.Run(context.Background())
	// Output: Writable
}

// asyncio's streams: a goroutine per connection.
func ExampleStreams() {
	ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		listener, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			return err
		}
		server, err := loop.Serve(listener, ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
			line, err := s.ReadLine(ctx)
			if err != nil {
				return err
			}
			return s.Send(ctx, append([]byte("you said "), line...))
		}))
		if err != nil {
			return err
		}
		s, err := loop.Dial(ctx, "tcp", server.Addr().String())
		if err != nil {
			return err
		}
		defer s.Close()
		s.Send(ctx, []byte("hello\r\n"))
		answer, err := io.ReadAll(s)
		fmt.Printf("%s, %v\n", answer, err)
		return server.Shutdown(ctx)
	})
	// Output: you said hello, <nil>
}

func ExampleStream() {
	loop, _ := ioloop.New()
	defer loop.Close()
	go loop.Run(context.Background())
	client := loop.Pipe(ioloop.Streams(func(ctx context.Context, s *ioloop.Stream) error {
		got, err := s.ReadExactly(ctx, 100)
		fmt.Printf("%q %v\n", got, err)
		return s.Send(ctx, []byte("goodbye"))
	}))
	io.WriteString(client, "too short")
	client.(interface{ CloseWrite() error }).CloseWrite()
	io.Copy(os.Stdout, client)
	// Output:
	// "" ioloop: the stream ended after 9 of 100 bytes
	// goodbye
}

func ExampleFile() {
	name := filepath.Join(os.TempDir(), "ioloop-example")
	defer os.Remove(name)
	ioloop.Run(context.Background(), func(ctx context.Context, loop *ioloop.Loop) error {
		file, err := loop.Open(ctx, name, os.O_CREATE|os.O_RDWR, 0o600).Result(ctx)
		if err != nil {
			return err
		}
		defer file.Close()
		if _, err := file.WriteAt(ctx, []byte("one\ntwo\n"), 0).Result(ctx); err != nil {
			return err
		}
		for line, err := range file.Lines(ctx) {
			fmt.Println(line, err)
		}
		return nil
	})
	// Output:
	// one <nil>
	// two <nil>
}

// A server that an interrupt ends when its connections have ended, or after ten seconds.
func ExampleServer_Shutdown() {
	loop, err := ioloop.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer loop.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server, err := loop.Serve(ln, func(*ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{Data: func(c *ioloop.Conn, data []byte) (int, error) {
			lines := data[:bytes.LastIndexByte(data, '\n')+1]
			_, err := c.Write(bytes.ToUpper(lines))
			return len(lines), err // the rest comes again, with more
		}}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	end := func() {
		go func() { // the loop serves the connections meanwhile
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			server.Shutdown(ctx)
			loop.Stop()
		}()
	}
	loop.Signal(os.Interrupt, end)
	go func() { // a client, which interrupts
		c, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			fmt.Println(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "hello, ", "world\n")
		answer, _ := bufio.NewReader(c).ReadString('\n')
		fmt.Print(answer)
		loop.Post(context.Background(), end)
	}()
	fmt.Println(loop.Run(context.Background()))
	// Output:
	// HELLO, WORLD
	// <nil>
}
