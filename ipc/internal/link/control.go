package link

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// A Control is one end of the socket between a pool and one worker in which frames
// travel that are no calls and no answers, and the descriptors that go with either.
// Its end is the other side's end.
//
// Frames are written whole, by one goroutine at a time, and read by one. In the worker
// that goroutine does nothing else. In the pool it is the owner of the call that leads,
// when the answer says that descriptors came with it.
type Control struct {
	file *os.File
	raw  syscall.RawConn

	sending  chan struct{} // of capacity 1, taken by the goroutine that writes
	arrivals fds.Arrivals  // of the goroutine that reads
	over     atomic.Bool
}

// NewControl returns the control over f, a socket that does not block. Closing it closes
// f.
func NewControl(f *os.File) *Control {
	raw, _ := f.SyscallConn() // it fails only where f is nil
	return &Control{file: f, raw: raw, sending: make(chan struct{}, 1)}
}

// maxFiles is how many files may travel with one call or result; its body may be one
// more descriptor.
const maxFiles = wire.MaxFiles

// Cancel tells the worker that the ctx of a call of the function name has ended, and why.
// It blocks while the other side does not read, at most for the patience: a worker that
// reads nothing for that long is to be killed anyway. One that has answered the call
// meanwhile takes no notice.
func (c *Control) Cancel(call uint64, name string, cause error, patience time.Duration) error {
	f := Frame{Kind: KindCancel, Call: call, Name: name, Body: remote.PackCause(cause, maxCause)}
	return c.send(f, nil, time.Now().Add(patience))
}

// Request sends a frame and a file with it. It blocks while other goroutines send, until
// ctx ends, and then while the other side does not read, at most for the patience. The
// error is the cause of ctx if nothing was sent.
func (c *Control) Request(ctx context.Context, f Frame, file *os.File, patience time.Duration) error {
	select {
	case c.sending <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer leave(c.sending)
	return c.write(f, []*os.File{file}, time.Now().Add(patience))
}

// send sends a frame, and duplicates of files with it; f.Files is set to their
// number. It blocks while the other side does not read, until the deadline if there
// is one: then half a frame may have gone, and that side is of no use any more.
func (c *Control) send(f Frame, files []*os.File, deadline time.Time) error {
	c.sending <- struct{}{}
	defer leave(c.sending)
	return c.write(f, files, deadline)
}

func leave(side chan struct{}) { <-side }

// write is send by the goroutine that has taken c.sending.
func (c *Control) write(f Frame, files []*os.File, deadline time.Time) error {
	_ = c.file.SetWriteDeadline(deadline)
	if c.over.Load() { // before that, Abandon finds the deadline it has to end
		return os.ErrClosed
	}
	f.Files = len(files)
	message := f.Append(nil)
	if len(files) == 0 {
		_, err := c.file.Write(message)
		return err
	}
	return fds.With(files, func(rights []int) error {
		n, err := writeRights(c.file, c.raw, message, rights)
		if err != nil && n > 0 { // half a frame: the other side waits for the rest
			err = fmt.Errorf("%w: %w", ErrCut, err)
		}
		return err
	})
}

// writeRights is fds.Write. Tests have it fail.
var writeRights = fds.Write

// ErrLost says that descriptors have come for which this process had no room.
var ErrLost = fmt.Errorf("files were lost on their way: %w", syscall.EMFILE)

// Receive blocks until there is a frame, and returns the descriptors that came with it:
// nil for those that were lost. One goroutine at a time may call it. The error is io.EOF
// at the other side's end.
func (c *Control) Receive() (Frame, fds.Arrivals, error) {
	f, err := ReadFrame((*controlReader)(c), max(maxCause, maxNames), nil)
	got := c.arrivals
	c.arrivals = nil
	switch {
	case err != nil:
	case slices.Contains(got, fds.Lost):
		got.Close()
		return f, nil, nil
	case len(got) != f.Files:
		err = ErrProtocol
	}
	if err != nil {
		got.Close()
		return Frame{}, nil, err
	}
	return f, got, nil
}

// A controlReader reads parts of frames, and keeps the descriptors that come along.
type controlReader Control

func (c *controlReader) Read(p []byte) (int, error) {
	return fds.Read(fds.Late(c.raw), p, &c.arrivals, maxFiles+1)
}

// Abandon ends what waits for the other side, which is dead: some process that it
// has left behind may hold its end. What it sent still stands.
func (c *Control) Abandon() {
	c.over.Store(true)
	_ = c.file.SetWriteDeadline(time.Now())
	_ = c.file.SetReadDeadline(time.Now().Add(patience))
}

// Close closes this end.
func (c *Control) Close() error { return c.file.Close() }
