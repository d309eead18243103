//go:build unix

package child

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Words are what a child writes to standard error, and how much that is: also what it
// has written and nobody has read.
type words struct {
	file *os.File
	raw  syscall.RawConn
	fd   int // of file, while it is not closed

	late int // bytes that were read after the deadline: see fds.LateReader

	mu     sync.Mutex
	read   int64 // so many bytes
	closed bool
}

// newWords returns the words in a pipe that is in the poller.
func newWords(file *os.File) (*words, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	w := &words{file: file, raw: raw}
	return w, raw.Control(func(fd uintptr) { w.fd = int(fd) })
}

// Read counts what it reads.
func (w *words) Read(p []byte) (n int, err error) {
	var failed error
	take := func(fd uintptr) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		n, failed = syscall.Read(int(fd), p)
		n = max(n, 0)
		w.read += int64(n)
		return failed != syscall.EAGAIN
	}
	err = w.raw.Read(take)
	if errors.Is(err, os.ErrDeadlineExceeded) && w.late < fds.MostLate {
		if done := false; w.raw.Control(func(fd uintptr) { done = take(fd) }) == nil && done {
			w.late += n
			err = nil
		}
	}
	switch {
	case err != nil:
		return 0, err
	case failed == syscall.EINTR:
		return 0, nil
	case failed != nil:
		return 0, failed
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// written returns how many bytes the child has written until now.
func (w *words) written() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return w.read
	}
	return w.read + int64(unread(w.fd))
}

// close closes the pipe.
func (w *words) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.file.Close()
}
