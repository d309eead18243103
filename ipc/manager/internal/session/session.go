package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/internal/closed"
	"github.com/fanfold/fanfold/ipc/conn"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/socket"
)

// ErrGone matches the errors of calls whose server has ended.
var ErrGone = errors.New("manager: the server is gone")

var errClosed = closed.Error("manager: the connection to the server is closed")

// A Session is a connection to a server. All methods are safe for concurrent use.
type Session struct {
	sock *socket.Socket
	dead chan struct{}

	mu      sync.Mutex
	out     []byte
	writing bool
	room    chan struct{} // closed when out is short again; nil if no call waits for that
	calls   map[uint64]*call
	first   *call // of those that wait, the oldest
	final   *call
	last    uint64
	leading bool
	bell    *socket.Bell
	users   int // goroutines that use the socket
	err     error
	closed  bool
	watched bool

	in []byte // the leader's
}

// A call is under way.
type call struct {
	id         uint64
	next, prev *call
	turn       chan struct{} // of capacity 1: look again
	done       bool
	code       msg.Code
	payload    []byte
	err        error
}

const (
	fullEnough = 8 << 20 // bytes that wait to be written: more calls have to wait
	keep       = 64 << 10
	reaction   = 200 * time.Millisecond // of the server, to a cancellation
)

// Dial connects to the server at addr.
func Dial(ctx context.Context, addr string, options conn.Options) (*Session, error) {
	c, err := conn.Dial(ctx, addr, options)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SendBytes(ctx, msg.Uint([]byte(msg.Hello), uint64(os.Getpid()))); err != nil {
		return nil, gone(err)
	}
	welcome, err := c.RecvBytes(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, gone(err)
	case string(welcome) != msg.Welcome:
		return nil, fmt.Errorf("manager: the server at %s has another protocol: it says %.32q", addr, welcome)
	}
	f, err := c.File()
	if err != nil {
		return nil, err
	}
	sock, err := socket.New(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Session{sock: sock, dead: make(chan struct{}), calls: map[uint64]*call{}}, nil
}

func gone(err error) error { return fmt.Errorf("%w: %w", ErrGone, err) }

// Done is closed when the connection has ended. A thread waits for that from the first
// call on.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.watched && s.err == nil {
		s.watched = true
		s.users++
		go func() {
			_, err := s.sock.Poll(true, -1)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.fail(errors.Join(err))
			s.unuse()
		}()
	}
	return s.dead
}

// Err returns why the session has ended; nil if it has not.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the connection. Calls that are under way return an error.
func (s *Session) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.end(errClosed)
	}
}

// fail ends the session because of the server. The mutex is held.
func (s *Session) fail(err error) {
	if s.err != nil {
		return
	}
	if err == nil {
		s.end(ErrGone)
	} else {
		s.end(gone(err))
	}
}

// end ends the session. The mutex is held.
func (s *Session) end(err error) {
	s.err = err
	s.out = nil
	close(s.dead)
	s.sock.Shut()
	for id, c := range s.calls {
		delete(s.calls, id)
		c.finish(msg.OK, nil, err)
	}
	s.first, s.final = nil, nil
	s.spent()
	s.users++
	s.unuse()
}

// unuse says that a goroutine does not use the socket any more. The mutex is held.
func (s *Session) unuse() {
	if s.users--; s.users > 0 || s.err == nil || s.closed {
		return
	}
	s.closed = true
	s.sock.Close()
	if s.bell != nil {
		s.bell.Close()
	}
}

// finish ends a call.
func (c *call) finish(code msg.Code, payload []byte, err error) {
	c.done, c.code, c.payload, c.err = true, code, payload, err
	c.wake()
}

func (c *call) wake() {
	select {
	case c.turn <- struct{}{}:
	default:
	}
}
