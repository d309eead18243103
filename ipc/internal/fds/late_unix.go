//go:build unix

package fds

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// MostLate is how much is taken out of a pipe after the deadline: all that can be in one.
// A stranger may go on writing.
const MostLate = 1 << 20

// LateReader returns a reader of f, which is in the poller. After the deadline it still
// takes what is there, up to [MostLate] bytes: the goroutine that reads may come to the
// processor later than that.
func LateReader(f *os.File) io.Reader { return &lateReader{f: f, left: MostLate} }

type lateReader struct {
	f    *os.File
	left int
}

func (r *lateReader) Read(p []byte) (n int, err error) {
	if n, err = r.f.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || r.left <= 0 {
		return n, err
	}
	raw, failed := r.f.SyscallConn()
	if failed != nil {
		return 0, failed
	}
	p = p[:min(len(p), r.left)]
	if late := raw.Control(func(fd uintptr) { n, failed = syscall.Read(int(fd), p) }); late != nil {
		return 0, err
	}
	switch {
	case failed != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	r.left -= n
	return n, nil
}
