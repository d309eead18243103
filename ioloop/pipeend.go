package ioloop

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// A memoryEnd is the goroutine's end.
type memoryEnd struct {
	memory      *memory
	read, write *deadline
}

// Read blocks until there are bytes. It returns io.EOF after the last.
func (e *memoryEnd) Read(p []byte) (int, error) {
	m := e.memory
	return e.attempt(e.read, len(p) == 0, func() (int, error, bool) {
		n := m.down.take(p)
		switch {
		case n > 0:
			m.near.stir()
			return n, nil, true
		case m.down.shut:
			return 0, io.EOF, true
		case m.broken != nil:
			return 0, m.broken, true
		}
		return 0, nil, false
	})
}

// Write blocks until all bytes have been taken.
func (e *memoryEnd) Write(p []byte) (sent int, err error) {
	m := e.memory
	return e.attempt(e.write, len(p) == 0, func() (int, error, bool) {
		switch {
		case m.up.shut:
			return sent, io.ErrClosedPipe, true
		case m.broken == io.EOF:
			return sent, io.ErrClosedPipe, true
		case m.broken != nil:
			return sent, m.broken, true
		}
		if n := m.up.put(p[sent:]); n > 0 {
			sent += n
			m.near.stir()
		}
		return sent, nil, sent == len(p)
	})
}

// attempt calls try, with the lock held, until it is done. The number that try returned
// last stands when the deadline passes or the end is closed meanwhile.
func (e *memoryEnd) attempt(d *deadline, once bool, try func() (int, error, bool)) (n int, err error) {
	m := e.memory
	for {
		passed := d.passed()
		select {
		case <-passed:
			return n, os.ErrDeadlineExceeded
		default:
		}
		m.mu.Lock()
		if m.gone {
			m.mu.Unlock()
			return n, net.ErrClosed
		}
		var done bool
		n, err, done = try()
		changed := m.changed
		m.mu.Unlock()
		if done || once {
			return n, err
		}
		select {
		case <-changed:
		case <-passed:
		}
	}
}

// CloseWrite ends this direction. The other one goes on.
func (e *memoryEnd) CloseWrite() error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	m.up.shut = true
	m.near.stir()
	return nil
}

// Close ends both directions. Read and Write return net.ErrClosed, also those that wait.
func (e *memoryEnd) Close() error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	m.gone = true
	m.change()
	m.near.stir()
	e.read.set(time.Time{})
	e.write.set(time.Time{})
	return nil
}

func (e *memoryEnd) LocalAddr() net.Addr  { return memoryAddr{} }
func (e *memoryEnd) RemoteAddr() net.Addr { return memoryAddr{} }
func (e *memoryEnd) SetDeadline(t time.Time) error {
	return errors.Join(e.SetReadDeadline(t), e.SetWriteDeadline(t))
}
func (e *memoryEnd) SetReadDeadline(t time.Time) error  { return e.setDeadline(e.read, t) }
func (e *memoryEnd) SetWriteDeadline(t time.Time) error { return e.setDeadline(e.write, t) }

func (e *memoryEnd) setDeadline(d *deadline, t time.Time) error {
	m := e.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return net.ErrClosed
	}
	d.set(t)
	m.change() // those that wait take the new one
	return nil
}
