package child

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

// A Forwarder passes what children write to standard output or error on to the
// user's writer, from a goroutine of its own: a writer that blocks must not keep a
// dead child from being buried. The writer's errors are dropped: a full disk under
// the parent's standard error must not stop a child.
type Forwarder struct {
	patience time.Duration // with a writer that has no room for the words of the dead
	parts    chan []byte
	written  atomic.Int64 // so many parts
	givenUp  atomic.Bool  // what is left is dropped
	ended    chan struct{}
	over     bool // Stop was called; guarded by the owner
}

// NewForwarder returns a forwarder to w. patience is how long the last words of a dead
// child wait for a writer that is behind. The caller stops the forwarder.
func NewForwarder(w io.Writer, patience time.Duration) *Forwarder {
	f := &Forwarder{patience: patience, parts: make(chan []byte, 16), ended: make(chan struct{})}
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
func (f *Forwarder) of(exited <-chan struct{}) io.Writer { return forwarding{f, exited} }

type forwarding struct {
	*Forwarder
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

// Stop ends the forwarder after the last child, and waits for the writer: 100 ms, or as
// long as it goes on writing if there is patience. What is left then is dropped. Stopping
// again returns at once; one goroutine at a time may call Stop.
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
		case <-time.After(Patience):
			if f.patience == 0 || f.written.Load() == before {
				f.givenUp.Store(true)
				return
			}
		}
	}
}
