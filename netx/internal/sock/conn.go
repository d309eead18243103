package sock

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// Pieces in which long transfers are done, so that progress shows between them.
const (
	writePiece = 128 << 10
	filePiece  = 256 << 10
)

// A Conn is a connection that a [Listener] has accepted. Its methods are those of the
// connection inside, which see to deadlines and to Close.
type Conn struct {
	net.Conn
	Watch Watch

	// Tap, if it is set, is called with the bytes that Read returns.
	Tap func([]byte)
	// User is for the server.
	User any

	// lazy says that reads wait without counting as idle: their reader says with Watch
	// when it waits for the peer.
	lazy    bool
	freeing bool // Close frees the place
	from    *Listener
	ip      netip.Addr // by which it is counted; invalid if it is not
	cause   atomic.Pointer[error]
	closed  atomic.Bool
	ended   atomic.Bool // a Read has returned io.EOF
	left    atomic.Bool // the handler has returned
	writing concurrent.Lock
	free    sync.Once
}

// NetConn returns the connection inside, as tls.Conn has it. What is read or written there
// directly is not seen as progress.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// Read reads, as net.Conn has it.
func (c *Conn) Read(p []byte) (int, error) {
	if !c.lazy {
		c.Watch.Begin()
	}
	n, err := c.Conn.Read(p)
	if c.lazy {
		c.Watch.Moved(n)
	} else {
		c.Watch.End(n)
	}
	if c.Tap != nil && n > 0 {
		c.Tap(p[:n])
	}
	if err == io.EOF {
		c.ended.Store(true)
	}
	return n, c.because(err)
}

// Write writes, as net.Conn has it. Long writes are made in pieces.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.Watch.Begin()
	for err == nil {
		var m int
		m, err = c.Conn.Write(p[n:min(n+writePiece, len(p))])
		n += m
		if n >= len(p) {
			break
		}
		c.Watch.Moved(m)
	}
	c.Watch.End(n)
	return n, c.because(err)
}

// ReadFrom sends what r has: io.Copy calls it. A regular file is sent by the system
// (sendfile), where the connection inside can do so.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if from, ok := c.Conn.(io.ReaderFrom); ok {
		limited, bounded := r.(*io.LimitedReader)
		source := r
		if bounded {
			source = limited.R
		}
		if f, ok := source.(*os.File); ok && regular(f) {
			n, err := c.sendFile(from, f, limited)
			return n, c.because(err)
		}
	}
	return io.Copy(onlyWriter{c}, onlyReader{r})
}

// sendFile sends f, or as much of it as limited allows.
func (c *Conn) sendFile(to io.ReaderFrom, f *os.File, limited *io.LimitedReader) (sent int64, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.Watch.Begin()
	defer c.Watch.End(0)
	for {
		piece := &io.LimitedReader{R: f, N: filePiece}
		if limited != nil {
			piece.N = min(piece.N, limited.N)
		}
		if piece.N <= 0 {
			return sent, nil
		}
		want := piece.N
		n, err := to.ReadFrom(piece)
		c.Watch.Moved(int(n))
		sent += n
		if limited != nil {
			limited.N -= n
		}
		if err != nil || n < want {
			return sent, err
		}
	}
}

// regular reports whether f is a file whose bytes are all there.
func regular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// io.Copy finds no other methods in these.
type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)

// SetDeadline sets both deadlines, as net.Conn has it.
func (c *Conn) SetDeadline(t time.Time) error { return c.because(c.Conn.SetDeadline(t)) }

// SetReadDeadline sets the deadline of reads, as net.Conn has it.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.because(c.Conn.SetReadDeadline(t)) }

// SetWriteDeadline sets the deadline of writes, as net.Conn has it.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.because(c.Conn.SetWriteDeadline(t)) }

// CloseWrite ends the stream to the peer, if the connection inside can.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// CloseRead ends the stream from the peer, if the connection inside can.
func (c *Conn) CloseRead() error {
	if half, ok := c.Conn.(interface{ CloseRead() error }); ok {
		return half.CloseRead()
	}
	return errors.ErrUnsupported
}

// SyscallConn returns the descriptor inside, if there is one.
func (c *Conn) SyscallConn() (syscall.RawConn, error) {
	if raw, ok := c.Conn.(syscall.Conn); ok {
		return raw.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// Close closes the connection. It does not free its place: see [Conn.Free]. A connection
// of [Listener.Accept] has nobody who calls Free, so its place is free then.
func (c *Conn) Close() error {
	c.closed.Store(true)
	c.Watch.stop()
	err := c.because(c.Conn.Close())
	if c.freeing {
		c.free.Do(func() { c.from.forget(c) })
	}
	return err
}

// Kill closes the connection. Calls that wait return err, and so do all later ones.
func (c *Conn) Kill(err error) {
	c.cause.CompareAndSwap(nil, &err)
	c.Close()
}

// Cause returns the error given to Kill, or nil.
func (c *Conn) Cause() error {
	if cause := c.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

// because returns the error that the connection was killed with in place of err, which
// only says that it is closed.
func (c *Conn) because(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	if cause := c.Cause(); cause != nil {
		return cause
	}
	return err
}

// How long the end of a connection waits for the peer.
const (
	quiet  = time.Second     // for the next bytes: a busy machine may take a while
	linger = 2 * time.Second // in all
)

// Finish closes the connection so that the peer gets all that was written. If bytes of
// the peer are unread when a socket is closed, systems throw away what the peer has not
// read yet, and the peer sees a reset connection. So Finish ends the stream to the peer
// first, and discards what comes until the peer is done or silent.
func (c *Conn) Finish() {
	c.left.Store(true)
	c.Watch.stop()
	if !c.closed.Load() && !c.ended.Load() && c.CloseWrite() == nil {
		end := time.Now().Add(linger)
		var scratch [1024]byte
		for {
			next := time.Now().Add(quiet)
			if next.After(end) {
				next = end
			}
			if c.Conn.SetReadDeadline(next) != nil {
				break
			}
			if _, err := c.Conn.Read(scratch[:]); err != nil {
				break
			}
		}
	}
	c.Close()
}

// Free closes the connection and gives its place to the next one.
func (c *Conn) Free() error {
	err := c.Close()
	c.free.Do(func() { c.from.forget(c) })
	return err
}
