package ioloop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
)

// take is the handler's Data.
func (s *Stream) take(c *Conn, data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in = append(s.in, data...)
	if len(s.in) > s.options.Unread && !s.held {
		s.held = true
		c.Pause()
	}
	s.arrive()
	return len(data), nil
}

// arrive lets readers look again. The caller holds mu.
func (s *Stream) arrive() {
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// finishReading notes that no more will come.
func (s *Stream) finishReading() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.eof = true
	s.arrive()
}

// finish is the handler's Close.
func (s *Stream) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err = err; err == nil {
		s.err = errOrderly
	}
	s.end(s.err)
	s.arrive()
	s.move()
}

// ReadSome blocks until bytes have come, and returns most of them, at most. It returns
// io.EOF at the end, the cause of ctx, os.ErrDeadlineExceeded, [ErrClosed] after Close,
// or why the connection has ended. It panics if most is not positive. Python:
// StreamReader.read.
func (s *Stream) ReadSome(ctx context.Context, most int) ([]byte, error) {
	if most < 1 {
		panic(fmt.Sprintf("ioloop: ReadSome of %d bytes, want at least 1", most))
	}
	var got []byte
	err := s.read(ctx, func() (bool, error) {
		if len(s.in) == 0 {
			return false, nil
		}
		got = s.cut(min(most, len(s.in)))
		return true, nil
	})
	return got, err
}

// ReadExactly blocks until n bytes have come. When the stream ends before, it returns an
// [*IncompleteError] with those that have, or io.EOF if there are none. Memory is
// allocated as bytes come, not for a number that was announced. After another error, what
// has come is read next. It panics if n is negative. Python: StreamReader.readexactly.
func (s *Stream) ReadExactly(ctx context.Context, n int) ([]byte, error) {
	if n < 0 {
		panic(fmt.Sprintf("ioloop: ReadExactly of %d bytes, want at least 0", n))
	}
	var got []byte
	err := s.read(ctx, func() (bool, error) {
		got = append(got, s.cut(min(n-len(got), len(s.in)))...)
		return len(got) == n, nil
	})
	switch {
	case err == nil:
		return got, nil
	case err != io.EOF:
		s.putBack(got)
	case len(got) > 0:
		err = &IncompleteError{Partial: got, Want: n}
	}
	return nil, err
}

// ReadUntil blocks until sep has come, and returns what came before with sep. When more
// than ConnOptions.Unread bytes come without it, ReadUntil returns a [*TooLongError], and
// they are read next. When the stream ends before, it returns an [*IncompleteError] with
// what has come, or io.EOF if that is nothing. It panics if sep is empty. Python:
// StreamReader.readuntil.
func (s *Stream) ReadUntil(ctx context.Context, sep []byte) ([]byte, error) {
	if len(sep) == 0 {
		panic("ioloop: ReadUntil of an empty separator")
	}
	var got []byte
	searched := 0
	err := s.read(ctx, func() (bool, error) {
		i := bytes.Index(s.in[min(searched, len(s.in)):], sep)
		end := searched + i + len(sep)
		switch {
		case i >= 0 && end <= s.options.Unread:
			got = s.cut(end)
			return true, nil
		case i >= 0 || len(s.in) > s.options.Unread:
			return false, &TooLongError{s.options.Unread}
		}
		searched = max(0, len(s.in)-len(sep)+1)
		return false, nil
	})
	if err == io.EOF {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.in) > 0 {
			err = &IncompleteError{Partial: s.cut(len(s.in))}
		}
	}
	return got, err
}

// ReadLine is ReadUntil of a line's end, without it: "\n" or "\r\n". Python:
// StreamReader.readline.
func (s *Stream) ReadLine(ctx context.Context) ([]byte, error) {
	line, err := s.ReadUntil(ctx, []byte("\n"))
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// Read is that of a net.Conn.
func (s *Stream) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	err = s.read(context.Background(), func() (bool, error) {
		n = copy(p, s.in)
		s.drop(n)
		return n > 0, nil
	})
	return n, err
}

// read calls attempt, with mu held, until it is done or fails, or there is no more.
func (s *Stream) read(ctx context.Context, attempt func() (bool, error)) error {
	if err := s.reading.LockContext(ctx); err != nil {
		return err
	}
	defer s.reading.Unlock()
	for {
		over := s.readBy.passed()
		select {
		case <-over:
			return os.ErrDeadlineExceeded
		default:
		}
		arrived, err := s.attempt(attempt)
		if arrived == nil {
			return err
		}
		select {
		case <-arrived:
		case <-over:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// attempt calls one. It returns a channel if there is reason to wait.
func (s *Stream) attempt(attempt func() (bool, error)) (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	done, err := attempt()
	waits := !done && err == nil
	if s.held && (waits || len(s.in) <= s.options.Unread/2) { // one that waits needs more than there is
		s.held = false
		s.loop.send(s.conn.Resume)
	}
	switch {
	case done || err != nil:
		return nil, err
	case s.eof:
		return nil, io.EOF
	case s.err == errOrderly:
		return nil, ErrClosed
	case s.err != nil:
		return nil, s.err
	}
	return s.arrived, nil
}

// cut returns a copy of the first n bytes that have come, and drops them.
func (s *Stream) cut(n int) []byte {
	got := append([]byte(nil), s.in[:n]...)
	s.drop(n)
	return got
}

func (s *Stream) drop(n int) {
	if s.in = s.in[n:]; len(s.in) == 0 {
		s.in = nil
	}
}

// putBack makes got what is read next.
func (s *Stream) putBack(got []byte) {
	if len(got) > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.in = append(got, s.in...)
	}
}
