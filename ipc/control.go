package ipc

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A control is one end of the socket between a pool and one worker in which frames
// travel that are no calls and no answers, and the descriptors that go with either.
// Its end is the other side's end.
//
// Frames are written whole, by one goroutine at a time, and read by one: in the
// worker by the one that does nothing else, in the pool by the owner of the call that
// leads, when the answer says that descriptors came with it.
type control struct {
	file *os.File
	raw  syscall.RawConn

	sending  chan struct{} // of capacity 1, taken by the one who writes
	arrivals fds.Arrivals  // of the one who reads
	over     atomic.Bool
}

// newControl returns the control over f, a socket that does not block.
func newControl(f *os.File) *control {
	raw, _ := f.SyscallConn() // it fails only where f is nil
	return &control{file: f, raw: raw, sending: make(chan struct{}, 1)}
}

// maxFiles is how many files may travel with one call or result; its body may be one
// more descriptor.
const maxFiles = wire.MaxFiles

// send sends a frame, and duplicates of files with it; f.files is set to their
// number. It blocks while the other side does not read, until the deadline if there
// is one: then half a frame may have gone, and that side is of no use any more.
func (c *control) send(f frame, files []*os.File, deadline time.Time) error {
	c.sending <- struct{}{}
	defer func() { <-c.sending }()
	return c.write(f, files, deadline)
}

// write is send by one who has taken c.sending.
func (c *control) write(f frame, files []*os.File, deadline time.Time) error {
	_ = c.file.SetWriteDeadline(deadline)
	if c.over.Load() { // before that, abandon finds the deadline it has to end
		return os.ErrClosed
	}
	f.files = len(files)
	message := append(appendFrame(nil, &f), f.body...)
	if len(files) == 0 {
		_, err := c.file.Write(message)
		return err
	}
	return fds.With(files, func(rights []int) error {
		_, err := fds.Write(c.file, c.raw, message, rights)
		return err
	})
}

// errLostFiles says that descriptors have come for which this process had no room.
var errLostFiles = fmt.Errorf("files were lost on their way: %w", syscall.EMFILE)

// receive blocks until there is a frame, whose body has at most limit bytes, and
// returns the descriptors that came with it; nil for those that were lost.
func (c *control) receive(limit int) (frame, fds.Arrivals, error) {
	f, err := readFrame(c, limit, nil)
	got := c.arrivals
	c.arrivals = nil
	switch {
	case err != nil:
	case slices.Contains(got, fds.Lost):
		got.Close()
		return f, nil, nil
	case len(got) != f.files:
		err = errProtocol
	}
	if err != nil {
		got.Close()
		return frame{}, nil, err
	}
	return f, got, nil
}

// Read reads part of a frame for receive.
func (c *control) Read(p []byte) (int, error) {
	return fds.Read(c.raw, p, &c.arrivals, maxFiles+1)
}

// abandon ends what waits for the other side, which is dead: some process that it
// has left behind may hold its end. What it sent still stands.
func (c *control) abandon() {
	c.over.Store(true)
	_ = c.file.SetWriteDeadline(time.Now())
	_ = c.file.SetReadDeadline(time.Now().Add(patience))
}

// Close closes this end.
func (c *control) Close() error { return c.file.Close() }
