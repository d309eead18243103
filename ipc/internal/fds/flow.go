package fds

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// A Flow reads and writes a stream that does not block. A call does what can be done at
// once, or within a moment: it waits in the kernel for that, which costs half of what the
// poller does. One goroutine at a time may read, and one write.
type Flow struct {
	raw syscall.RawConn
	in  inward
	out outward
}

// ErrNotNow is the error of a [Flow] that could do nothing within a moment: see
// [Flow.AwaitInput] and [Flow.AwaitOutput].
var ErrNotNow = errors.New("not now")

// NewFlow returns the flow of a stream, which stays the caller's.
func NewFlow(raw syscall.RawConn, is Stream) *Flow {
	f := &Flow{raw: raw}
	f.in.try = f.in.tryIt // once: a method value is allocated
	f.out.try = f.out.tryIt
	f.in.socket = is.Socket
	return f
}

// An inward is one read. It is what a function for raw needs, without an allocation.
type inward struct {
	socket bool
	try    func(uintptr) bool
	p      []byte
	files  *Arrivals
	room   int
	n      int
	err    error
}

func (r *inward) tryIt(fd uintptr) bool {
	if r.read(int(fd)); r.err == syscall.EAGAIN && waitInMoment(int(fd), false) {
		r.read(int(fd))
	}
	return true
}

func (r *inward) read(fd int) {
	if r.socket {
		r.n, r.err = recvRights(fd, r.p, r.files, r.room)
	} else {
		r.n, r.err = readNow(fd, r.p)
	}
}

// Read reads at least one byte. Descriptors that come along over a socket are added to
// files: room of them at most, with [Lost] for the rest. The error is [ErrNotNow] if
// there is no byte, io.EOF at the end of the stream, and os.ErrDeadlineExceeded after a
// deadline. After [ErrTooMany] the stream is of no use.
func (f *Flow) Read(p []byte, files *Arrivals, room int) (int, error) {
	r := &f.in
	r.p, r.files, r.room = p, files, room
	err := f.raw.Read(r.try)
	r.p, r.files = nil, nil
	switch {
	case err != nil:
		return 0, RawError(err)
	case r.err == syscall.EAGAIN:
		return 0, ErrNotNow
	case r.err == ErrTooMany:
		return 0, r.err
	case r.err != nil:
		return 0, os.NewSyscallError("read", r.err)
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// An outward is one write.
type outward struct {
	try        func(uintptr) bool
	head, body []byte
	n          int
	err        error
}

func (w *outward) tryIt(fd uintptr) bool {
	if w.n, w.err = writeNow(int(fd), w.head, w.body); w.err == syscall.EAGAIN && waitInMoment(int(fd), true) {
		w.n, w.err = writeNow(int(fd), w.head, w.body)
	}
	return true
}

// Write writes at least one byte of head and body, which are not both empty, and returns
// how many it has written. The error is [ErrNotNow] if there is no room for one.
func (f *Flow) Write(head, body []byte) (int, error) {
	w := &f.out
	w.head, w.body = head, body
	err := f.raw.Write(w.try)
	w.head, w.body = nil, nil
	switch {
	case err != nil:
		return 0, RawError(err)
	case w.err == syscall.EAGAIN:
		return 0, ErrNotNow
	case w.err != nil:
		return 0, os.NewSyscallError("write", w.err)
	}
	return w.n, nil
}

// AwaitInput blocks in the poller until a read would not block, or until the deadline.
func (f *Flow) AwaitInput() error { return RawError(f.raw.Read(InputWaits)) }

// AwaitOutput blocks in the poller until a write would not block, or until the deadline.
func (f *Flow) AwaitOutput() error { return RawError(f.raw.Write(outputWaits)) }
