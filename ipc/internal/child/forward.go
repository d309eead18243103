package child

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/internal/panics"
)

// A Forwarder passes what children write to standard output or error on to the
// user's writer, from a goroutine of its own: a writer that blocks must not keep a
// dead child from being buried. The writer's errors are dropped: a full disk under
// the parent's standard error must not stop a child.
type Forwarder struct {
	w       io.Writer
	parts   chan []byte
	written atomic.Int64 // so many parts
	stuck   atomic.Int64 // so many parts were written when the words of the dead found no room, and one more
	givenUp atomic.Bool  // what is left is dropped
	ended   chan struct{}
	over    bool // Stop was called; guarded by the owner
}

// NewForwarder returns a forwarder to w. The caller stops the forwarder.
func NewForwarder(w io.Writer) *Forwarder {
	f := &Forwarder{w: w, parts: make(chan []byte, 16), ended: make(chan struct{})}
	go f.run()
	return f
}

// Forwarders returns those for standard output and error, which are one if the writers
// are one, so that one goroutine at a time calls it.
func Forwarders(stdout, stderr io.Writer) (out, err *Forwarder) {
	err = NewForwarder(stderr)
	if same(stdout, stderr) {
		return err, err
	}
	return NewForwarder(stdout), err
}

// same reports whether a and b are one writer. Some writers cannot be compared.
func same(a, b io.Writer) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

// run passes the parts on. A Write that panics, or ends the goroutine, is the last.
func (f *Forwarder) run() {
	for part := range f.parts {
		if !f.givenUp.Load() {
			f.burst(panics.Try(func() { _, _ = f.w.Write(part) }, func(caught *panics.Caught) {
				f.burst(caught)
				go f.run()
			}))
		}
		f.written.Add(1)
	}
	close(f.ended)
}

// burst drops what is left, if the writer ended as caught says.
func (f *Forwarder) burst(caught *panics.Caught) {
	if caught != nil {
		f.givenUp.Store(true)
		fmt.Fprintf(os.Stderr, "ipc: the writer %T of a process's output, which gets no more of it: %v\n", f.w, caught.Err())
	}
}

// of returns the writer for the output of one child, which has exited when that
// channel is closed.
func (f *Forwarder) of(exited <-chan struct{}) io.Writer { return forwarding{f, exited} }

type forwarding struct {
	*Forwarder
	exited <-chan struct{}
}

// Write blocks while the queue is full and the child lives. When the child is dead, it
// waits for the writer as long as each write of that takes less than [WriterPatience],
// and not again for one that has written nothing since.
func (f forwarding) Write(p []byte) (int, error) {
	part := bytes.Clone(p)
	select {
	case f.parts <- part:
		return len(p), nil
	default:
	}
	select {
	case f.parts <- part:
		return len(p), nil
	case <-f.exited:
	}
	for {
		before := f.written.Load() + 1
		if f.stuck.Load() == before {
			return len(p), nil
		}
		select {
		case f.parts <- part:
			return len(p), nil
		case <-time.After(WriterPatience):
			if f.written.Load()+1 == before {
				f.stuck.Store(before)
			}
		}
	}
}

// WriterPatience is how long one Write of the user's writer may take after the end of
// those that it writes for. A writer that works, on a machine that is busy, must not be
// taken for one that blocks: its owner reads what it got.
const WriterPatience = time.Second

// Stop ends the forwarder after the last child, and waits for the writer as long as each
// Write takes less than [WriterPatience]. What is left then is dropped. Stopping again
// returns at once; one goroutine at a time may call Stop.
func (f *Forwarder) Stop() {
	if f.over {
		return
	}
	f.over = true
	close(f.parts)
	for {
		before := f.written.Load()
		select {
		case <-f.ended:
			return
		case <-time.After(WriterPatience):
			if f.written.Load() == before {
				f.givenUp.Store(true)
				return
			}
		}
	}
}
