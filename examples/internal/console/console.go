// Package console is what the longer programs show on standard error: messages,
// and below them how far they have come.
package console

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// A Console writes messages and, below them, if it is a terminal, one status line
// that is rewritten in place. It is safe for concurrent use.
type Console struct {
	program  string
	terminal bool

	mu     sync.Mutex
	w      io.Writer
	status string // on the screen, behind the last message
}

// New returns a console of the program with that name on f.
func New(program string, f *os.File) *Console {
	info, err := f.Stat()
	return NewWriter(program, f, err == nil && info.Mode()&os.ModeCharDevice != 0)
}

// NewWriter returns a console on w, which is a terminal or not.
func NewWriter(program string, w io.Writer, terminal bool) *Console {
	return &Console{program: program, w: w, terminal: terminal}
}

// Printf writes a message of the program.
func (c *Console) Printf(format string, args ...any) {
	c.Print(c.program + ": " + fmt.Sprintf(format, args...) + "\n")
}

// Print writes whole lines.
func (c *Console) Print(lines string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.status
	c.rewrite("")
	io.WriteString(c.w, lines)
	c.rewrite(status)
}

// Status makes line the status line, or takes it away if line is empty. Without a
// terminal it does nothing.
func (c *Console) Status(line string) {
	if !c.terminal {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rewrite(line)
}

func (c *Console) rewrite(line string) {
	if c.status != "" {
		io.WriteString(c.w, "\r"+strings.Repeat(" ", len(c.status))+"\r")
	}
	io.WriteString(c.w, line)
	c.status = line
}

// Progress makes what line returns the status line, ten times in a second, until
// the function it returns is called, which takes the line away. Line is told the
// time since the call of Progress.
func (c *Console) Progress(line func(time.Duration) string) (stop func()) {
	if !c.terminal {
		return func() {}
	}
	begin := time.Now()
	halt := Every(100*time.Millisecond, func() { c.Status(line(time.Since(begin))) })
	return func() { halt(); c.Status("") }
}

// Rate says how fast done of all bytes were done, and how long the rest will take:
// ", 120 MB/s, 4s left". It is empty where nobody can know.
func Rate(done, all int64, elapsed time.Duration) string {
	if done == 0 || elapsed <= 0 {
		return ""
	}
	speed := float64(done) / elapsed.Seconds()
	left := time.Duration(float64(max(all-done, 0)) / speed * float64(time.Second))
	return fmt.Sprintf(", %.0f MB/s, %v left", speed/1e6, left.Round(time.Second))
}

// Every calls f once in every interval until the function it returns is called,
// which waits for a last call of f to end.
func Every(interval time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	})
	return func() { close(done); running.Wait() }
}
