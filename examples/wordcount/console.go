package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// A console is standard error: messages, and below them, if it is a terminal,
// one status line that is rewritten in place. It is safe for concurrent use.
type console struct {
	terminal bool

	mu     sync.Mutex
	w      io.Writer
	status string // on the screen, behind the last message
}

func newConsole(f *os.File) *console {
	info, err := f.Stat()
	return &console{w: f, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// printf writes a message of the program.
func (c *console) printf(format string, args ...any) {
	c.print("wordcount: " + fmt.Sprintf(format, args...) + "\n")
}

// print writes whole lines.
func (c *console) print(lines string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.status
	c.rewrite("")
	io.WriteString(c.w, lines)
	c.rewrite(status)
}

// show makes line the status line, or takes it away if line is empty. Without a
// terminal it does nothing.
func (c *console) show(line string) {
	if !c.terminal {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rewrite(line)
}

func (c *console) rewrite(line string) {
	if c.status != "" {
		io.WriteString(c.w, "\r"+strings.Repeat(" ", len(c.status))+"\r")
	}
	io.WriteString(c.w, line)
	c.status = line
}
