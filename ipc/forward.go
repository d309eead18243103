package ipc

import (
	"bytes"
	"io"
	"time"
)

// A forwarder passes what the workers of a pool write to standard error on to
// the user's writer, from a goroutine of its own: a writer that blocks must not
// keep a dead worker from being buried. Its errors are nobody's concern: a
// full disk under the parent's standard error must not stop a worker.
type forwarder struct {
	parts chan []byte
	ended chan struct{}
	over  bool // stop was called; guarded by the pool's mu
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

// of returns the writer for one worker's output.
func (f *forwarder) of(w *worker) io.Writer { return forwarding{f, w} }

type forwarding struct {
	*forwarder
	w *worker
}

// Write blocks while the queue is full and the worker lives.
func (f forwarding) Write(p []byte) (int, error) {
	part := bytes.Clone(p)
	select {
	case f.parts <- part:
		return len(p), nil
	default:
	}
	select {
	case f.parts <- part:
	case <-f.w.exited:
	}
	return len(p), nil
}

// stop ends the forwarder after the last worker, and waits for a writer that
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
