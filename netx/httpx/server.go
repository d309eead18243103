package httpx

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/internal/drain"
	"github.com/fanfold/fanfold/netx/internal/sock"
)

// A server is what Serve has for its connections and requests.
type server struct {
	http     *http.Server
	listener *sock.Listener
	tls      *tls.Config

	draining context.Context // ends when the server is to end
	drain    context.CancelFunc
	base     context.Context // of requests; ends with the grace
	cut      context.CancelCauseFunc

	handlers atomic.Int64 // how many run
	awaited  atomic.Bool  // idle is set
	mu       sync.Mutex
	fresh    map[*sock.Conn]struct{} // connections that have sent nothing yet; guarded by mu
	idle     chan struct{}           // closed when no handler runs; likewise
}

func newServer(ctx context.Context, listener *sock.Listener, o ServeOptions) *server {
	s := &server{http: o.Server, listener: listener, tls: o.TLS, fresh: map[*sock.Conn]struct{}{}}
	s.draining, s.drain = context.WithCancel(ctx)
	s.base, s.cut = context.WithCancelCause(context.WithoutCancel(ctx))
	return s
}

// prepare fills the fields of the http.Server.
func (s *server) prepare(handler http.Handler) {
	h := s.http
	h.ReadHeaderTimeout = orDefault(h.ReadHeaderTimeout, 10*time.Second)
	h.IdleTimeout = orDefault(h.IdleTimeout, 2*time.Minute)
	h.MaxHeaderBytes = orDefault(h.MaxHeaderBytes, 64<<10)
	if s.tls != nil {
		h.TLSConfig = s.tls.Clone()
	}
	if p := h.Protocols; p != nil && p.UnencryptedHTTP2() {
		encrypted := *p
		encrypted.SetUnencryptedHTTP2(false)
		h.Protocols = &encrypted
	}
	if h.BaseContext == nil {
		h.BaseContext = func(net.Listener) context.Context { return s.base }
	}
	connContext := h.ConnContext
	h.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if connContext != nil {
			ctx = connContext(ctx, c)
		}
		return context.WithValue(netx.WithDraining(ctx, drain.Server{Context: s.draining, Over: s.base}), connKey{}, s.conn(c))
	}
	connState := h.ConnState
	h.ConnState = func(c net.Conn, state http.ConnState) {
		s.changed(c, state)
		if connState != nil {
			connState(c, state)
		}
	}
	if handler == nil {
		handler = h.Handler
	}
	if handler == nil {
		handler = http.DefaultServeMux
	}
	h.Handler = &watcher{s, handler}
}

// conn returns the accepted connection that c is, or is on top of.
func (s *server) conn(c net.Conn) *sock.Conn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	accepted, _ := c.(*sock.Conn)
	return accepted
}

// changed is told of each new state of a connection, which is twice for each request.
func (s *server) changed(c net.Conn, state http.ConnState) {
	accepted := s.conn(c)
	if accepted == nil {
		return
	}
	conn := accepted.User.(*connection)
	if state == http.StateNew {
		s.mu.Lock()
		s.fresh[accepted] = struct{}{}
		s.mu.Unlock()
		return
	}
	if conn.used.CompareAndSwap(false, true) {
		s.mu.Lock()
		delete(s.fresh, accepted)
		s.mu.Unlock()
	}
	switch state {
	case http.StateHijacked:
		accepted.Watch.Leave()
		conn.head.on.Store(false)
	case http.StateActive:
		conn.head.on.Store(false) // what comes now is a body
	case http.StateIdle:
		accepted.Watch.Settle()
		conn.head.next()
	case http.StateClosed:
		accepted.Watch.Settle()
	}
}

// newcomers is how long a connection that has sent nothing may go on after the end: what it
// has sent just now may not have been read.
const newcomers = 20 * time.Millisecond

// late is how long finish waits for handlers whose connections it has cut.
const late = time.Second

// finish waits for the end of requests and connections, and cuts those that are left after
// the grace.
func (s *server) finish(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), max(grace, 0))
	defer cancel()
	var shutdown sync.WaitGroup
	shutdown.Go(func() { s.http.Shutdown(ctx) }) // closes idle connections, again and again
	fresh := time.AfterFunc(newcomers, s.closeFresh)
	defer fresh.Stop()
	done := s.listener.Wait(ctx) && s.returned(ctx)
	cancel()
	shutdown.Wait()
	if done {
		return nil
	}
	n := s.listener.Cut(netx.ErrClosed)
	s.cut(netx.ErrClosed)
	s.http.Close()
	ctx, cancel = context.WithTimeout(context.Background(), late)
	defer cancel()
	s.returned(ctx)
	if n == 0 {
		return nil
	}
	return &netx.CutError{Conns: n}
}

// closeFresh closes connections that have sent nothing. http.Server waits for them for
// seconds: browsers open some to spare.
func (s *server) closeFresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.fresh {
		c.Close()
	}
}

// returned waits until no handler runs, or ctx ends, and reports whether none does.
func (s *server) returned(ctx context.Context) bool {
	idle := make(chan struct{})
	s.mu.Lock()
	s.idle = idle
	s.awaited.Store(true)
	s.mu.Unlock()
	if s.handlers.Load() == 0 {
		return true
	}
	select {
	case <-idle:
		return true
	case <-ctx.Done():
		return false
	}
}

// end counts a handler that has returned.
func (s *server) end() {
	if s.handlers.Add(-1) > 0 || !s.awaited.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}
