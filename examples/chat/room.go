//go:build unix && !aix

package main

import (
	"bytes"
	"errors"
	"log"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

// What members send is bounded, in bytes.
const (
	longestName = 32
	longestLine = 1000
)

var (
	errSlow = errors.New("does not read what is said")
	errLong = errors.New("sends a line that is too long")
)

// A room has members, who hear what the others say. Only callbacks of its loop use it, so
// that it needs no lock.
type room struct {
	loop    *ioloop.Loop
	pace    time.Duration
	waiting int                   // bytes for one member
	members map[*ioloop.Conn]bool // whether they have a name, and hear what is said
}

// enter begins a connection.
func (r *room) enter(c *ioloop.Conn) *ioloop.Handler {
	// The kernel would hold some megabytes for each member who does not read.
	if err := unix.SetsockoptInt(c.FD(), unix.SOL_SOCKET, unix.SO_SNDBUF, r.waiting); err != nil {
		log.Print(err)
	}
	r.members[c] = false
	c.Write([]byte("What is your name?\n"))
	var name string
	return &ioloop.Handler{
		Data: func(c *ioloop.Conn, data []byte) (int, error) {
			line, _, whole := bytes.Cut(data, []byte("\n"))
			switch {
			case len(line) > longestLine || name == "" && len(line) > longestName:
				return 0, errLong
			case !whole:
				return 0, nil // the rest is still to come
			}
			if text := printable(line); text == "" {
				// nothing is said
			} else if name == "" {
				name = text
				r.members[c] = true
				c.Write([]byte("Hello, " + name + "!\n"))
			} else {
				r.say(c, name+": "+text+"\n")
			}
			c.Pause() // what else there is comes after a while
			r.loop.AfterFunc(r.pace, c.Resume)
			return len(line) + 1, nil
		},
		Close: func(c *ioloop.Conn, err error) {
			delete(r.members, c)
			if errors.Is(err, errSlow) || errors.Is(err, errLong) {
				log.Printf("%q is dropped: %v", name, err)
			}
		},
	}
}

// say sends a line to all who have a name, but for the member that says it.
func (r *room) say(from *ioloop.Conn, line string) {
	text := []byte(line)
	for c, hears := range r.members {
		if !hears || c == from {
			continue
		}
		if _, err := c.Write(text); errors.Is(err, ioloop.ErrFull) {
			c.Abort(errSlow)
		}
	}
}

// end sends members away when they have got what was said.
func (r *room) end() {
	for c := range r.members {
		c.Close()
	}
}

// printable returns a line without what could disturb the screens of others.
func printable(line []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, string(line)))
}
