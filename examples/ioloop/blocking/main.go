//go:build unix && !aix

// Blocking reads a file and a pipe that block: a read of the pipe waits until the other
// end has written. The program nonblocking does the same without waiting in a read.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	tick := flag.Duration("tick", time.Second, "how long the pipe is empty")
	flags.Parse()
	if err := run(*tick); err != nil {
		log.Fatal(err)
	}
}

func run(tick time.Duration) error {
	dir, err := os.MkdirTemp("", "blocking")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "example.txt")
	if err := os.WriteFile(path, []byte("Hello, file!"), 0o600); err != nil {
		return err
	}
	file, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	text, err := read(file)
	if err != nil {
		return err
	}
	stdout.Println("file:", text)

	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	begin := time.Now()
	time.AfterFunc(tick, func() { w.WriteString("Hello, pipe!") })
	text, err = read(int(r.Fd())) // Fd makes the pipe block
	if err != nil {
		return err
	}
	log.Printf("the read has blocked for %v", time.Since(begin).Round(time.Millisecond))
	stdout.Println("pipe:", text)
	return nil
}

// read blocks until there is something to read, or the end.
func read(fd int) (string, error) {
	buffer := make([]byte, 128)
	n, err := unix.Read(fd, buffer)
	return string(buffer[:max(n, 0)]), err
}
