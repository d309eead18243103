package ipc

import (
	"bytes"
	"io"
	"time"
)

// A forwarder passes what children write to standard error on to
// the user's writer, from a goroutine of its own: a writer that blocks must not
// keep a dead child from being buried. Its errors are nobody's concern: a
// full disk under the parent's standard error must not stop a child.
type forwarder struct {
	parts chan []byte
	ended chan struct{}
	over  bool // stop was called; guarded by its owner
}

func newForwarder(w io.Writer) *forwarder {
	f := &forwarder{parts: make(chan []byte, 16), ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for part := range f.parts {
			_, _ = w.Write(part)
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

// Write blocks while the queue is full and the child lives.
func (f forwarding) Write(p []byte) (int, error) {
	part := bytes.Clone(p)
	select {
	case f.parts <- part:
		return len(p), nil
	default:
	}
	select {
	case f.parts <- part:
	case <-f.exited:
	}
	return len(p), nil
}

// stop ends the forwarder after the last child, and waits for a writer that
// goes on writing, but not for one that does not.
func (f *forwarder) stop() {
	if f.over {
		return
	}
	f.over = true
	close(f.parts)
	select {
	case <-f.ended:
	case <-time.After(outputPatience):
	}
}
