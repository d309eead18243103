package ipc

import (
	"io"
	"sync"
)

// An excerpt keeps a part of what is written to it: the beginning, or the end.
// It is safe for one writer and any reader.
type excerpt struct {
	mu   sync.Mutex
	data []byte
	max  int
	end  bool // keep the end, not the beginning
}

func (e *excerpt) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.end {
		e.data = append(e.data, p[:min(len(p), e.max-len(e.data))]...)
		return len(p), nil
	}
	e.data = append(e.data, p...)
	// Cut at twice the size, so that each byte is moved once.
	if len(e.data) > 2*e.max {
		e.data = append(e.data[:0], e.data[len(e.data)-e.max:]...)
	}
	return len(p), nil
}

// bytes returns a copy of what is kept.
func (e *excerpt) bytes() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	data := e.data
	if e.end {
		data = data[max(0, len(data)-e.max):]
	}
	return append([]byte(nil), data...)
}

// A sharedWriter lets the workers of a pool write to one destination. Its errors are
// nobody's concern: a full disk under the parent's standard error must not stop
// a worker.
type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.w.Write(p)
	return len(p), nil
}
