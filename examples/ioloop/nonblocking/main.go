//go:build unix && !aix

// Nonblocking reads a file and a pipe that do not block: a read of the empty pipe returns
// at once. The program goes on, and a poller tells when the next read has something.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ioloop/poll"
)

func main() {
	tick := flag.Duration("tick", time.Second, "how long the pipe is empty")
	flags.Parse()
	if err := run(context.Background(), *tick); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, tick time.Duration) error {
	poller, err := poll.New()
	if err != nil {
		return err
	}
	defer poller.Close()

	dir, err := os.MkdirTemp("", "nonblocking")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "example.txt")
	if err := os.WriteFile(path, []byte("Hello, file!"), 0o600); err != nil {
		return err
	}
	file, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	text, err := read(file) // a file is always ready: the mode changes nothing, though a disk may be slow
	if err != nil {
		return err
	}
	stdout.Println("file:", text)
	if _, err := poller.Add(file, poll.Readable); errors.Is(err, poll.ErrNotPollable) {
		log.Print(err) // it has no readiness
	}

	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	pipe := int(r.Fd())
	if err := unix.SetNonblock(pipe, true); err != nil {
		return err
	}
	token, err := poller.Add(pipe, poll.Readable)
	if err != nil {
		return err
	}
	defer poller.Remove(token)
	text, err = read(pipe)
	if errors.Is(err, unix.EAGAIN) {
		stdout.Println("pipe: nothing to read yet")
		time.AfterFunc(tick, func() { w.WriteString("Hello, pipe!") })
	}
	for errors.Is(err, unix.EAGAIN) {
		if _, err := poller.Wait(ctx); err != nil { // readiness is a hint: look again
			return err
		}
		text, err = read(pipe)
	}
	if err != nil {
		return err
	}
	stdout.Println("pipe:", text)
	return nil
}

// read returns what there is, or EAGAIN if there is nothing yet.
func read(fd int) (string, error) {
	buffer := make([]byte, 128)
	n, err := unix.Read(fd, buffer)
	return string(buffer[:max(n, 0)]), err
}
