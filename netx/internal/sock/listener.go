package sock

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/fanfold/fanfold/concurrent"
)

// Options are the options of a [Listener].
type Options struct {
	MaxConns int           // how many connections there may be; no bound if not positive
	MaxPerIP int           // of them from one address; no bound if not positive
	Idle     time.Duration // how long a connection may wait without progress; for ever if not positive

	// OnError is called with errors of accepts that are tried again, and with TooMany.
	OnError func(net.Addr, error)
	// ErrIdle is what calls on a connection return that was idle for too long.
	ErrIdle error
	// ErrTooMany says that a connection was refused since there are MaxPerIP from its address.
	ErrTooMany error
}

// A Listener accepts connections within bounds.
type Listener struct {
	net.Listener
	options Options
	places  *semaphore.Weighted // nil: no bound

	waiting  context.Context // ends when no more connections shall be accepted
	stop     context.CancelFunc
	draining atomic.Bool
	closing  sync.Once

	mu    sync.Mutex
	conns map[*Conn]struct{} // guarded by mu
	ips   map[netip.Addr]int // likewise
	empty chan struct{}      // closed when conns is empty, if it is awaited; likewise
}

// Wrap returns a listener that accepts connections of inner.
func Wrap(inner net.Listener, options Options) *Listener {
	l := &Listener{Listener: inner, options: options, conns: map[*Conn]struct{}{}, ips: map[netip.Addr]int{}}
	l.waiting, l.stop = context.WithCancel(context.Background())
	if options.MaxConns > 0 {
		l.places = semaphore.NewWeighted(int64(options.MaxConns))
	}
	return l
}

// Next waits for a place and accepts the next connection. Its place is taken until
// [Conn.Free]. After [Listener.Drain] Next returns the connections that the system has
// accepted already, and then an error matching net.ErrClosed.
func (l *Listener) Next() (*Conn, error) { return l.next(func(*Conn) {}) }

func (l *Listener) next(prepare func(*Conn)) (*Conn, error) {
	for {
		if !l.acquire() {
			return nil, net.ErrClosed
		}
		inner, err := l.accept()
		if err != nil {
			l.release()
			return nil, err
		}
		c := &Conn{Conn: inner, from: l}
		prepare(c)
		if !l.add(c) {
			inner.Close()
			l.release()
			l.options.OnError(inner.RemoteAddr(), l.options.ErrTooMany)
			continue
		}
		c.Watch.start(l.options.Idle, func() { c.Kill(l.options.ErrIdle) })
		return c, nil
	}
}

// Accept is Next for http.Server. The place of a connection is free when it is closed, and
// it is idle only while a writer waits for the peer, or a reader that says so by Watch:
// http.Server reads all the time.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.next(func(c *Conn) { c.lazy, c.freeing = true, true })
	if err != nil {
		return nil, err
	}
	return c, nil
}

// acquire takes a place. It reports false when none became free until the end.
func (l *Listener) acquire() bool {
	if l.places == nil || l.places.TryAcquire(1) {
		return true
	}
	return l.places.Acquire(l.waiting, 1) == nil
}

func (l *Listener) release() {
	if l.places != nil {
		l.places.Release(1)
	}
}

// How long accept pauses when the system lacks descriptors or memory.
const (
	firstPause = 5 * time.Millisecond
	maxPause   = time.Second
)

// accept accepts a connection. Errors that pass by it meets with a pause: without one a
// server that has no descriptor left would keep a processor busy, since the connection
// stays acceptable.
func (l *Listener) accept() (net.Conn, error) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		c, err := l.Listener.Accept()
		if err == nil {
			return c, nil
		}
		passing, ok := errors.AsType[interface {
			error
			Temporary() bool
		}](err)
		switch {
		case l.draining.Load():
			return nil, net.ErrClosed
		case errors.Is(err, net.ErrClosed) || !ok || !passing.Temporary():
			return nil, err
		}
		l.options.OnError(l.Addr(), err)
		if concurrent.Sleep(l.waiting, pause) != nil {
			return nil, net.ErrClosed
		}
	}
}

// add notes a connection. It reports false if there are too many from its address.
func (l *Listener) add(c *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.options.MaxPerIP > 0 {
		if ip, ok := host(c.RemoteAddr()); ok {
			if l.ips[ip] >= l.options.MaxPerIP {
				return false
			}
			l.ips[ip]++
			c.ip = ip
		}
	}
	l.conns[c] = struct{}{}
	return true
}

// host returns the address by which connections are counted. The addresses of one IPv6
// /64 count as one: they usually belong to one machine.
func host(addr net.Addr) (netip.Addr, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	if ip.Is6() && !ip.IsLoopback() {
		if prefix, err := ip.Prefix(64); err == nil {
			ip = prefix.Addr()
		}
	}
	return ip, ip.IsValid()
}

// forget gives the place of a connection back.
func (l *Listener) forget(c *Conn) {
	l.mu.Lock()
	delete(l.conns, c)
	if c.ip.IsValid() {
		if l.ips[c.ip]--; l.ips[c.ip] == 0 {
			delete(l.ips, c.ip)
		}
	}
	if len(l.conns) == 0 && l.empty != nil {
		close(l.empty)
		l.empty = nil
	}
	l.mu.Unlock()
	l.release()
}

// backlog is how long [Listener.Drain] goes on to take what the system has accepted.
const backlog = time.Millisecond

// Drain ends the accepting of connections: Next returns an error, after the connections
// that wait in the system's queue. Closing the listener at once would reset these, though
// their clients may have sent something already. It does not block.
func (l *Listener) Drain() {
	l.draining.Store(true)
	l.stop()
	if d, ok := l.Listener.(interface{ SetDeadline(time.Time) error }); ok {
		if d.SetDeadline(time.Now().Add(backlog)) == nil {
			return
		}
	}
	l.Close()
}

// Close closes the listener. Connections go on.
func (l *Listener) Close() (err error) {
	l.closing.Do(func() {
		l.draining.Store(true)
		l.stop()
		err = l.Listener.Close()
	})
	return err
}

// Wait blocks until all connections are freed, or ctx ends, and reports whether they are.
// One goroutine at a time may call it, and Next no more.
func (l *Listener) Wait(ctx context.Context) bool {
	l.mu.Lock()
	if len(l.conns) == 0 {
		l.mu.Unlock()
		return true
	}
	empty := make(chan struct{})
	l.empty = empty
	l.mu.Unlock()
	select {
	case <-empty:
		return true
	case <-ctx.Done():
	}
	return false
}

// Cut kills all connections. It returns how many of them had not come to their end: see
// [Conn.Finish].
func (l *Listener) Cut(err error) (cut int) {
	l.mu.Lock()
	conns := make([]*Conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	l.mu.Unlock()
	for _, c := range conns {
		if !c.left.Load() {
			cut++
		}
		c.Kill(err)
	}
	return cut
}

var _ net.Listener = (*Listener)(nil)
