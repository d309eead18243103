//go:build unix && !aix

package ioloop_test

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// A leaver is a handler that a script tells what to use of what has come, and what to do
// then. It knows what has to come next. Its fields are the loop's until over is told.
type leaver struct {
	loop   *ioloop.Loop
	script []byte
	whole  []byte // the stream
	limit  int

	came    int    // of whole
	left    []byte // comes again first
	paused  bool
	tooLong bool
	atEOF   bool
	handed  []byte // what has to come to those that the connection was handed to; nil: none

	fault string // the first
	over  chan outcome
}

// An outcome is how a connection has ended, and what was read of it after it was handed over.
type outcome struct {
	err      error
	rest     []byte
	restErr  error
	detached bool
}

// The bytes of a script: the low four bits say how much is used, and the others what is done.
const (
	nothingElse = iota
	pauseThen
	unreadNow
	unreadSoon
	otherHandler
	pauseLonger
	pauseAndUnread
	becomeStream
	detachNow
	detachSoon
	resumeNow
)

// unreadText is what a leaver puts in front.
var unreadText = []byte("<in front>")

func (h *leaver) handler() *ioloop.Handler {
	return &ioloop.Handler{Data: h.data, EOF: h.eof, Close: func(_ *ioloop.Conn, err error) { h.over <- outcome{err: err} }}
}

func (h *leaver) next() (used, what int) {
	if len(h.script) == 0 {
		return 15, nothingElse
	}
	b := h.script[0]
	h.script = h.script[1:]
	return int(b & 15), int(b>>4) % (resumeNow + 1)
}

func (h *leaver) wrong(c *ioloop.Conn, text string) {
	if h.fault == "" {
		h.fault = text
	}
	c.Abort(io.ErrUnexpectedEOF)
}

func (h *leaver) data(c *ioloop.Conn, data []byte) (int, error) {
	switch more, ok := bytes.CutPrefix(data, h.left); {
	case len(data) == 0:
		h.wrong(c, "Data without bytes")
	case h.paused:
		h.wrong(c, "Data while it is paused")
	case h.tooLong:
		h.wrong(c, "Data after too much was left")
	case !ok:
		h.wrong(c, "what was left does not come again, first")
	case !bytes.HasPrefix(h.whole[h.came:], more):
		h.wrong(c, "other bytes than those of the stream")
	case h.atEOF && len(more) > 0:
		h.wrong(c, "more after the end")
	default:
		h.came += len(more)
		return h.use(c, data), nil
	}
	return 0, nil
}

// use does what the script says.
func (h *leaver) use(c *ioloop.Conn, data []byte) int {
	if h.atEOF {
		h.left = nil
		c.Close()
		return len(data)
	}
	n, what := h.next()
	if n = min(n, len(data)); n == 15 {
		n = len(data)
	}
	h.left = slices.Clone(data[n:])
	switch what {
	case pauseThen, pauseLonger:
		c.Pause()
		h.paused = true
		resume := func() { h.paused = false; c.Resume() }
		if what == pauseThen {
			h.loop.Soon(resume)
		} else {
			h.loop.AfterFunc(10*time.Microsecond, resume)
		}
	case unreadNow:
		h.unread(c)
	case unreadSoon:
		h.loop.Soon(func() { h.unread(c) })
	case pauseAndUnread:
		c.Pause()
		h.unread(c)
		c.Resume()
	case otherHandler:
		c.Handle(h.handler())
	case resumeNow:
		c.Pause()
		c.Resume()
	case becomeStream:
		h.hand(h.left)
		go h.readStream(c.Stream())
	case detachNow: // data is the callback's own
		h.detach(c, nil)
	case detachSoon:
		h.loop.Soon(func() { h.detach(c, h.left) })
	}
	h.tooLong = len(h.left) > h.limit
	return n
}

func (h *leaver) unread(c *ioloop.Conn) {
	if h.handed != nil { // it is another's by now
		return
	}
	c.Unread(unreadText)
	h.left = slices.Concat(unreadText, h.left)
}

// hand notes that the connection is another's, who gets what was left, and the rest.
func (h *leaver) hand(left []byte) { h.handed = append(append([]byte{}, left...), h.whole[h.came:]...) }

func (h *leaver) readStream(s *ioloop.Stream) {
	rest, err := io.ReadAll(s)
	s.Close()
	h.over <- outcome{rest: rest, restErr: err, detached: true}
}

func (h *leaver) detach(c *ioloop.Conn, left []byte) {
	nc, unread, err := c.Detach()
	if err != nil { // memory, or it has ended
		return
	}
	h.hand(left)
	c.Handle(&ioloop.Handler{}) // the end is told by the goroutine
	go func() {
		defer nc.Close()
		rest, err := io.ReadAll(nc)
		h.over <- outcome{rest: append(unread, rest...), restErr: err, detached: true}
	}()
}

// eof ends the connection, or puts something in front once more.
func (h *leaver) eof(c *ioloop.Conn) {
	h.atEOF = true
	switch n, _ := h.next(); {
	case h.paused:
		h.wrong(c, "EOF while it is paused")
	case h.came != len(h.whole):
		h.wrong(c, "EOF before the end")
	case n%2 == 0:
		h.unread(c)
	default:
		c.Close()
	}
}

// Whatever a handler leaves, puts in front and pauses, it gets each byte of the stream once,
// after what it has left. So does what it hands the connection to.
func FuzzData(f *testing.F) {
	all := byte(15)
	for way := range fuzzed {
		for _, s := range []struct {
			text   string
			repeat uint16
			cuts   string
			script []byte
			unread uint16
		}{
			{"", 0, "", nil, 0},
			{"", 0, "", []byte{0}, 0},
			{"a stream", 0, "\x80\x80\x81", []byte{0, 1, 0, all, 2, all, 0}, 0},
			{"a stream", 0, "\x80\x80\x81\x80", []byte{pauseThen << 4, pauseLonger<<4 | 1, pauseThen<<4 | all, resumeNow << 4, all, 1}, 0},
			{"a stream", 0, "\x80\x80\x81\x80", []byte{unreadNow << 4, unreadSoon<<4 | 1, unreadNow<<4 | all, pauseAndUnread<<4 | 3, all, 0}, 0},
			{"a stream", 0, "\x80\x80\x81\x80", []byte{otherHandler << 4, otherHandler<<4 | all, otherHandler<<4 | 1, 0}, 0},
			{"a stream that goes on", 0, "\x83\x83", []byte{becomeStream<<4 | 2}, 0},
			{"a stream that goes on", 0, "\x83\x83", []byte{1, detachNow<<4 | 2, all}, 0},
			{"a stream that goes on", 0, "\x83\x83", []byte{1, detachSoon<<4 | 1, all}, 0},
			{"a stream that goes on", 0, "\x83\x83", []byte{unreadNow<<4 | 1, detachNow<<4 | 2, all}, 0},
			{"a stream that goes on", 200, "\x83\x83", []byte{unreadSoon<<4 | 1, becomeStream<<4 | 2}, 20},
			{"a stream that is longer than a read", 10_000, "\x83", []byte{0, pauseLonger<<4 | 3, unreadNow<<4 | all, 0, pauseThen << 4, all, becomeStream << 4}, 65535},
			{"a stream that is longer than a read", 10_000, "", []byte{0, pauseLonger<<4 | 3, detachSoon << 4}, 65535},
			{"too much", 0, "\x80\x80\x80\x80\x80\x80", make([]byte, 20), 4},
			{"just enough", 0, "\x80\x80\x80\x80\x80\x80", make([]byte, 20), 11},
			{"too much", 0, "\x81", []byte{unreadNow<<4 | 1}, 10},
			{"too much", 0, "\x81", []byte{becomeStream << 4}, 1},
		} {
			f.Add(byte(way), []byte(s.text), s.repeat, []byte(s.cuts), s.script, s.unread)
		}
	}
	f.Fuzz(func(t *testing.T, way byte, text []byte, repeat uint16, cuts, script []byte, unread uint16) {
		k := fuzzed[int(way)%len(fuzzed)]
		l := running(t, k.backend)
		whole := newCutting(text, repeat, cuts)
		h := &leaver{loop: l, script: script[:min(len(script), 200)], whole: whole.text, limit: int(unread), over: make(chan outcome, 2)}
		if h.limit == 0 {
			h.limit = 64 << 10
		}
		c := k.dial(t, l, func(*ioloop.Conn) *ioloop.Handler { return h.handler() }, ioloop.ConnOptions{Unread: h.limit})
		wrote := whole.begin(l, c)
		var o outcome
		select {
		case o = <-h.over:
		case <-time.After(patience):
			require.Fail(t, "the connection does not end")
		}
		c.Close() // a writer goes on that is not read any more
		<-wrote
		on(t, l, func() {}) // what is the loop's can be looked at
		require.Empty(t, h.fault)
		switch {
		case h.tooLong && o.detached: // it has ended in the meantime
		case h.tooLong:
			require.Equal(t, &ioloop.TooLongError{Limit: h.limit}, o.err)
		case o.detached:
			require.NoError(t, o.restErr)
			require.True(t, bytes.Equal(h.handed, o.rest), "%q, want %q", o.rest, h.handed)
		default:
			require.NoError(t, o.err)
			require.Equal(t, len(h.whole), h.came)
		}
	})
}
