package ipc

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

// A forwarder passes what children write to standard output or error on to the
// user's writer, from a goroutine of its own: a writer that blocks must not keep a
// dead child from being buried. Its errors are nobody's concern: a full disk under
// the parent's standard error must not stop a child.
type forwarder struct {
	patience time.Duration // with a writer that has no room for the words of the dead
	parts    chan []byte
	written  atomic.Int64 // so many parts
	givenUp  atomic.Bool  // nobody waits for what is left: it is dropped
	ended    chan struct{}
	over     bool // stop was called; guarded by its owner
}

func newForwarder(w io.Writer, patience time.Duration) *forwarder {
	f := &forwarder{patience: patience, parts: make(chan []byte, 16), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for part := range f.parts {
			if !f.givenUp.Load() {
				_, _ = w.Write(part)
			}
			f.written.Add(1)
		}
	}()
	return f
}

// of returns the writer for the output of one child, which has exited when that
// channel is closed.
func (f *forwarder) of(exited <-chan struct{}) io.Writer { return forwarding{f, exited} }

type forwarding struct {
	*forwarder
	exited <-chan struct{}
}

// Write blocks while the queue is full and the child lives, and then for patience.
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
	if f.patience > 0 {
		select {
		case f.parts <- part:
		case <-time.After(f.patience):
		}
	}
	return len(p), nil
}

// stop ends the forwarder after the last child, and waits a moment for the writer;
// with patience as long as that goes on writing.
func (f *forwarder) stop() {
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
		case <-time.After(outputPatience):
			if f.patience == 0 || f.written.Load() == before {
				f.givenUp.Store(true)
				return
			}
		}
	}
}
