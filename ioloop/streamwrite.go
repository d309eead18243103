package ioloop

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// Send sends p. It blocks while more than High bytes wait to be sent, or until ctx ends.
// It does not wait until p was sent. It returns the cause of ctx, os.ErrDeadlineExceeded,
// [ErrClosed] after Close and CloseWrite, or why the connection has ended; a part of p
// may have been sent then. Python: StreamWriter.write and drain.
func (s *Stream) Send(ctx context.Context, p []byte) error {
	_, err := s.write(ctx, p)
	return err
}

// Write is that of a net.Conn. It returns when p was accepted, before it was sent.
func (s *Stream) Write(p []byte) (int, error) { return s.write(context.Background(), p) }

func (s *Stream) write(ctx context.Context, p []byte) (sent int, err error) {
	if err := s.writing.LockContext(ctx); err != nil {
		return 0, err
	}
	defer s.writing.Unlock()
	for {
		over := s.writeBy.passed()
		select {
		case <-over:
			return sent, os.ErrDeadlineExceeded
		default:
		}
		n, wait, err := s.accept(p[sent:])
		if sent += n; err != nil || sent == len(p) {
			return sent, err
		}
		if wait == nil {
			continue
		}
		select {
		case <-wait:
		case <-over:
		case <-ctx.Done():
			return sent, context.Cause(ctx)
		}
	}
}

// accept takes as much of p as there is room for. It returns a channel to wait for if there
// is none.
func (s *Stream) accept(p []byte) (int, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed || s.shut || s.err == errOrderly:
		return 0, nil, ErrClosed
	case s.err != nil:
		return 0, nil, s.err
	}
	waits := len(s.out) + s.pending
	if waits > s.options.High || waits == s.options.Max {
		return 0, s.sent, nil
	}
	n := min(len(p), s.options.Max-waits)
	s.out = append(s.out, p[:n]...)
	s.post()
	return n, nil, nil
}

// post makes the loop take what there is. The caller holds mu.
func (s *Stream) post() {
	if !s.posted && len(s.out) > 0 {
		s.posted = s.loop.send(s.push)
	}
}

// push gives the connection what there is, on the loop.
func (s *Stream) push() {
	s.mu.Lock()
	out := s.out
	s.out, s.posted = nil, false
	s.pending += len(out)
	s.mu.Unlock()
	s.conn.Write(out) // its errors are told by Close
	s.progress(s.conn.Buffered())
}

// progress notes how much of what the connection has taken is not sent.
func (s *Stream) progress(pending int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending = pending; len(s.out)+pending <= s.options.Low {
		s.move()
	}
}

// move lets writers look again. The caller holds mu.
func (s *Stream) move() {
	close(s.sent)
	s.sent = make(chan struct{})
}

// Drain blocks until at most Low bytes wait to be sent, for any number of goroutines. It
// returns the cause of ctx, os.ErrDeadlineExceeded, [ErrClosed] after Close, or why the
// connection has ended. Python: StreamWriter.drain.
func (s *Stream) Drain(ctx context.Context) error {
	for {
		over := s.writeBy.passed()
		wait, err := s.drained()
		if wait == nil {
			return err
		}
		select {
		case <-wait:
		case <-over:
			return os.ErrDeadlineExceeded
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// drained returns a channel to wait for if too many bytes wait to be sent.
func (s *Stream) drained() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err == errOrderly || s.closed:
		return nil, ErrClosed
	case s.err != nil:
		return nil, s.err
	case len(s.out)+s.pending <= s.options.Low:
		return nil, nil
	}
	return s.sent, nil
}

// CloseWrite tells the other end that no more is sent, after what waits to be sent.
// Reading goes on. It does not block. Python: StreamWriter.write_eof.
func (s *Stream) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.shut || s.err != nil {
		return ErrClosed
	}
	s.shut = true
	s.loop.send(func() { s.conn.CloseWrite() })
	s.move()
	return nil
}

// Close ends the stream: readers and writers that wait return [ErrClosed]. What waits to
// be sent is sent, as ConnOptions.Linger says. Close does not block. Python:
// StreamWriter.close.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.closed = true
	s.loop.send(func() { s.conn.Close() })
	s.arrive()
	s.move()
	s.readBy.set(time.Time{})
	s.writeBy.set(time.Time{})
	return nil
}

// LocalAddr returns the address of this end, or nil where there is none.
func (s *Stream) LocalAddr() net.Addr { return s.local }

// RemoteAddr returns the address of the other end, or nil where there is none.
func (s *Stream) RemoteAddr() net.Addr { return s.remote }

// SetDeadline sets both deadlines. The zero Time means none.
func (s *Stream) SetDeadline(t time.Time) error {
	return errors.Join(s.SetReadDeadline(t), s.SetWriteDeadline(t))
}

// SetReadDeadline ends methods that read, and wait at t or later, with
// os.ErrDeadlineExceeded. The zero Time means that none ends.
func (s *Stream) SetReadDeadline(t time.Time) error {
	return s.setDeadline(s.readBy, t, s.arrive)
}

// SetWriteDeadline ends methods that write, and wait at t or later, with
// os.ErrDeadlineExceeded. The zero Time means that none ends.
func (s *Stream) SetWriteDeadline(t time.Time) error {
	return s.setDeadline(s.writeBy, t, s.move)
}

// setDeadline sets a deadline, and lets those that wait take it.
func (s *Stream) setDeadline(d *deadline, t time.Time, look func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	d.set(t)
	look()
	return nil
}
