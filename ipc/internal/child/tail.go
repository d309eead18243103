package child

import (
	"bytes"
	"sync"
)

// An excerpt keeps a part of what is written to it: the beginning, or the end.
// It is safe for one writer and any reader.
type excerpt struct {
	mu   sync.Mutex
	data []byte
	max  int
	end  bool // keep the end, not the beginning

	total int64 // so many bytes were written
	from  int64 // what was written before is not wanted any more
}

func (e *excerpt) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.end {
		e.data = append(e.data, p[:min(len(p), e.max-len(e.data))]...)
		return len(p), nil
	}
	e.total += int64(len(p))
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
		wanted := max(min(e.total-e.from, int64(len(data))), 0)
		data = data[max(0, len(data)-e.max, len(data)-int(wanted)):]
	}
	return append([]byte(nil), data...)
}

// forget forgets what is written up to that byte, which may be still to come.
func (e *excerpt) forget(upTo int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.from = upTo
}

// A fatalLine keeps the last line that begins as the Go runtime, or its part in C,
// begins to tell of a fatal error. It is read only after its writer has ended.
type fatalLine struct {
	line  []byte // the beginning of the line being written
	found []byte
}

const maxFatalLine = 1 << 10

func (f *fatalLine) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		f.line = append(f.line, part[:min(len(part), maxFatalLine-len(f.line))]...)
		if ended {
			if bytes.HasPrefix(f.line, []byte("fatal error: ")) || bytes.HasPrefix(f.line, []byte("runtime/cgo: ")) {
				f.found = append(append(f.found[:0], f.line...), '\n')
			}
			f.line = f.line[:0]
		}
		rest = after
	}
	return len(p), nil
}
