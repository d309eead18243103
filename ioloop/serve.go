package ioloop

import (
	"context"
	"iter"
	"net"
	"sync"
)

// A Server accepts connections for a loop. [Loop.Serve] makes it. Any goroutine may call
// its methods.
type Server struct {
	loop     *Loop
	listener net.Listener
	accept   *acceptor
	options  *ConnOptions
	open     func(*Conn) *Handler

	mu     sync.Mutex
	conns  int           // guarded by mu
	closed bool          // likewise
	gone   bool          // the listener is closed; likewise
	idle   chan struct{} // closed when it is, and there are no connections; likewise
}

// Serve accepts connections of ln on the loop, until the server or the loop is closed. For
// each of them it calls open, on the loop, which returns the connection's handler, or nil
// to refuse it. It takes ln over, and closes it at the end. Any listener with a
// SyscallConn will do, such as those of package net. Serve does not block, and any
// goroutine may call it, also before the loop runs.
//
// When no descriptor is left, the server accepts no more until one is free. The errors are
// [ErrClosed], those of the poller, and errors.ErrUnsupported. ln is closed then, too.
// Python: asyncio.start_server, loop.create_server.
func (l *Loop) Serve(ln net.Listener, open func(*Conn) *Handler, options ...ConnOptions) (*Server, error) {
	if open == nil {
		panic("ioloop: Serve with a nil function")
	}
	s := &Server{loop: l, listener: ln, options: connOptions("Serve", options), open: open, idle: make(chan struct{})}
	var err error
	if s.accept, err = newAcceptor(s); err == nil && !l.hand(s.accept.start, s.drop) {
		s.accept.free()
		err = ErrClosed
	}
	if err != nil {
		ln.Close()
		return nil, err
	}
	return s, nil
}

// Addr returns the address of the listener.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Conns returns how many connections the server has accepted that have not ended.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// All yields the connections of the server that have not ended, in no particular order.
// The callback that ranges may end them. It is for callbacks.
func (s *Server) All() iter.Seq[*Conn] {
	s.loop.check("Server.All")
	return func(yield func(*Conn) bool) {
		for c := s.loop.first; c != nil; c = c.next {
			if c.server == s && c.status&ended == 0 && !yield(c) {
				return
			}
		}
	}
}

// Close stops accepting. The connections go on. It does not block; the listener is closed
// a moment later, by the loop, and open is not called any more. A second Close returns
// [ErrClosed].
func (s *Server) Close() error {
	if !s.close() {
		return ErrClosed
	}
	if !s.loop.send(s.accept.stop) {
		return ErrClosed
	}
	return nil
}

// Shutdown stops accepting and waits until all connections have ended. When ctx ends
// before, it aborts those that are left, and returns the cause of ctx when they have
// ended. It returns [ErrClosed] when the loop is closed meanwhile. It panics in a
// callback, where it would wait for its own loop.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.loop.isRunner() {
		panic("ioloop: Server.Shutdown by a callback, which would wait for its own loop")
	}
	s.Close()
	select {
	case <-s.idle:
		return nil
	case <-s.loop.closing:
		return ErrClosed
	case <-ctx.Done():
	}
	s.loop.send(func() { s.loop.abortAll(s, context.Cause(ctx)) })
	select {
	case <-s.idle:
		return context.Cause(ctx)
	case <-s.loop.closing:
		return ErrClosed
	}
}

// close notes that the server is closed, and reports whether it was not before.
func (s *Server) close() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.closed
	s.closed = true
	return !was
}

// isClosed reports whether Close was called: stop is on its way then.
func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// drop ends a server that has not begun when the loop is closed.
func (s *Server) drop() {
	s.close()
	s.accept.free()
	s.stopped()
}

// stopped notes that the listener is closed.
func (s *Server) stopped() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = true
	s.settle()
}

// join counts a connection that was accepted.
func (s *Server) join() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns++
}

// forget counts a connection that has ended.
func (s *Server) forget() {
	s.mu.Lock()
	s.conns--
	s.settle()
	s.mu.Unlock()
	s.accept.resume()
}

// settle wakes those in Shutdown if the listener and the last connection have ended. The
// caller holds mu.
func (s *Server) settle() {
	if s.gone && s.conns == 0 {
		close(s.idle)
	}
}

// abortAll ends the connections of s.
func (l *Loop) abortAll(s *Server, err error) {
	for c := range s.All() {
		c.fail(err)
	}
}
