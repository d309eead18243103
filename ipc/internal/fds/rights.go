package fds

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/fanfold/fanfold/internal/wire"
)

// Arrivals are descriptors that have come over a socket and have not been taken
// yet, in the order in which they came. [Lost] stands for one that was lost.
type Arrivals []int

// MaxArrivals bounds the descriptors that the other side of a socket can make this
// process hold. It is one more than travel with one value: the encoded bytes of the value
// may be in sealed memory, which is a descriptor too.
const MaxArrivals = wire.MaxFiles + 1

// ErrTooMany is the error of [Read] when the other side has sent more than
// [MaxArrivals] descriptors that were not taken.
var ErrTooMany = fmt.Errorf("more than %d files have come that no message announced: the connection is closed", MaxArrivals)

// Lost stands in [Arrivals] for a descriptor that came and for which this process
// had no room. The system has closed it.
const Lost = -1

// Take returns the file that came first, under a name. It is nil if none has come,
// or if that one was lost.
func (a *Arrivals) Take(name string) *os.File {
	if len(*a) == 0 {
		return nil
	}
	fd := (*a)[0]
	*a = (*a)[1:]
	return os.NewFile(uintptr(fd), name) // nil for Lost
}

// Close closes all that were not taken.
func (a *Arrivals) Close() {
	for len(*a) > 0 {
		a.Take("").Close()
	}
}

// Write writes a message of at least one byte to a socket, together with
// descriptors. It blocks while the other side does not read, until the file's write
// deadline. raw belongs to file. The result counts the bytes that were written; the
// descriptors have gone with the first one.
func Write(file *os.File, raw syscall.RawConn, message []byte, fds []int) (n int, err error) {
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		n, failed = sendRights(int(fd), message, fds)
		return failed != syscall.EAGAIN
	})
	if err = RawError(err); err == nil && failed != nil {
		err = os.NewSyscallError("sendmsg", failed)
	}
	if err == nil && n < len(message) {
		var m int
		m, err = file.Write(message[n:])
		n += m
	}
	return n, err
}

// Read reads at least one byte from a socket, and appends the descriptors that come
// along to files: room of them at most, with [Lost] for the rest. It blocks until
// there is a byte, or until the file's read deadline. At the end of the stream the
// error is io.EOF. After [ErrTooMany] the socket is of no use.
func Read(raw syscall.RawConn, p []byte, files *Arrivals, room int) (n int, err error) {
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		n, failed = recvRights(int(fd), p, files, room)
		return failed != syscall.EAGAIN
	})
	switch {
	case err != nil:
		return 0, RawError(err)
	case failed == ErrTooMany:
		return 0, failed
	case failed != nil:
		return 0, os.NewSyscallError("recvmsg", failed)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
