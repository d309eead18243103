package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/socket"
)

// Call asks the server, and waits for the answer until ctx ends. The call is then
// canceled; if the server carries it out nevertheless, undo is called with the answer, or
// Call returns it. undo may be nil. sent says, beside an error, that the server may have
// carried the call out.
func (s *Session) Call(ctx context.Context, op msg.Op, object uint64, args []byte, undo func(msg.Code, []byte)) (code msg.Code, payload []byte, sent bool, err error) {
	return s.start(ctx, op, object, args, undo, func(uint64) {})
}

func (s *Session) start(ctx context.Context, op msg.Op, object uint64, args []byte, undo func(msg.Code, []byte), began func(uint64)) (code msg.Code, payload []byte, sent bool, err error) {
	if ctx.Err() != nil {
		return 0, nil, false, context.Cause(ctx)
	}
	ended := ctx.Done()
	c := &call{turn: make(chan struct{}, 1)}
	s.mu.Lock()
	err = s.roomy(ended)
	if err == nil {
		s.last++
		c.id = s.last
		began(c.id)
		err = s.add(c.id, op, object, args)
	}
	if err != nil {
		s.mu.Unlock()
		if err == errOver {
			err = context.Cause(ctx)
		}
		return 0, nil, false, err
	}
	s.calls[c.id] = c
	s.push(c)
	s.flush()
	s.mu.Unlock()
	if s.await(ctx, c) {
		return c.code, c.payload, c.err != nil, c.err
	}
	return s.cancel(ctx, c, undo)
}

// CallHeld is Call for a call that must not return before the server has answered: a
// canceled one as well.
func (s *Session) CallHeld(ctx context.Context, op msg.Op, object uint64, args []byte) (code msg.Code, payload []byte, sent bool, err error) {
	if ctx.Err() != nil {
		return 0, nil, false, context.Cause(ctx)
	}
	over, stop := make(chan struct{}), make(chan struct{})
	id := make(chan uint64, 1)
	go func() {
		defer close(over)
		select {
		case <-ctx.Done():
			select {
			case n := <-id:
				s.Post(msg.Cancel, n, nil)
			case <-stop:
			}
		case <-stop:
		}
	}()
	defer func() {
		close(stop)
		<-over
	}()
	code, payload, sent, err = s.start(context.WithoutCancel(ctx), op, object, args, nil, func(n uint64) { id <- n })
	return code, payload, sent, err
}

// cancel tells the server that nobody waits for the call, and gives it a moment to say
// how that ended.
func (s *Session) cancel(ctx context.Context, c *call, undo func(msg.Code, []byte)) (msg.Code, []byte, bool, error) {
	s.Post(msg.Cancel, c.id, nil)
	moment, stop := context.WithTimeout(context.WithoutCancel(ctx), reaction)
	defer stop()
	if s.await(moment, c) {
		if c.err == nil && c.code == msg.Canceled {
			return 0, nil, false, context.Cause(ctx)
		}
		return c.code, c.payload, c.err != nil, c.err
	}
	go func() { // the server is slow, or stopped
		if s.await(context.Background(), c) && c.err == nil && c.code != msg.Canceled && undo != nil {
			undo(c.code, c.payload)
		}
	}()
	return 0, nil, true, context.Cause(ctx)
}

// push adds c to the calls that wait. The mutex is held.
func (s *Session) push(c *call) {
	c.prev = s.final
	if s.final != nil {
		s.final.next = c
	} else {
		s.first = c
	}
	s.final = c
}

// drop takes c out of the calls that wait. The mutex is held.
func (s *Session) drop(c *call) {
	switch {
	case c.prev != nil:
		c.prev.next = c.next
	case s.first == c:
		s.first = c.next
	}
	switch {
	case c.next != nil:
		c.next.prev = c.prev
	case s.final == c:
		s.final = c.prev
	}
	c.next, c.prev = nil, nil
}

// await waits until the call is done, or ctx ends: then it returns false. It reads the
// answers of all calls while no other goroutine does.
func (s *Session) await(ctx context.Context, c *call) bool {
	ended := ctx.Done() // a method of the caller's: not under the mutex
	s.mu.Lock()
	for !c.done && !over(ended) {
		if s.leading {
			s.mu.Unlock()
			select {
			case <-c.turn:
			case <-ended:
			}
			s.mu.Lock()
			continue
		}
		s.leading = true
		s.lead(ctx, ended, c)
		s.leading = false
	}
	done := c.done
	if !s.leading { // the turn may have been this call's
		next := s.first
		if next == c {
			next = c.next
		}
		if next != nil {
			next.wake()
		}
	}
	s.mu.Unlock()
	return done
}

// lead reads answers until c has its own, or ctx ends. The mutex is held, and let go
// meanwhile.
func (s *Session) lead(ctx context.Context, ended <-chan struct{}, c *call) {
	bell := -1
	var ring *socket.Bell
	if ended != nil {
		if s.bell == nil {
			b, err := socket.NewBell()
			if err != nil {
				s.fail(err)
				return
			}
			s.bell = b
		}
		bell = s.bell.Fd()
		ring = s.bell
		s.users++
		defer s.unuse()
		s.mu.Unlock()
		stop := context.AfterFunc(ctx, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.closed {
				ring.Ring()
			}
		})
		s.mu.Lock()
		defer stop()
	}
	s.users++
	defer s.unuse()
	for !c.done && !over(ended) && s.err == nil {
		s.mu.Unlock()
		rung, err := s.sock.Poll(false, bell)
		if rung {
			ring.Quiet()
		}
		n := 0
		if err == nil {
			n, err = s.fill()
		}
		s.mu.Lock()
		if n > 0 {
			err = s.take()
		}
		if err != nil {
			s.fail(err)
		}
	}
}

// fill reads what has come.
func (s *Session) fill() (int, error) {
	if len(s.in) == cap(s.in) {
		size := max(4<<10, 2*cap(s.in))
		if _, _, need, err := msg.Next(s.in); err == nil && need > len(s.in) {
			size = max(min(size, need), len(s.in)+1)
		}
		s.in = append(make([]byte, 0, size), s.in...)
	}
	n, err := s.sock.TryRead(s.in[len(s.in):cap(s.in)])
	s.in = s.in[:len(s.in)+n]
	return n, err
}

// take hands out the answers that have come. The mutex is held.
func (s *Session) take() error {
	rest := s.in
	for {
		message, left, _, err := msg.Next(rest)
		if err != nil {
			return err
		}
		if message == nil {
			break
		}
		rest = left
		r := msg.Reader{B: message}
		id, code := r.Uint(), msg.Code(r.Byte())
		c := s.calls[id]
		if r.Bad || c == nil {
			return fmt.Errorf("%w: an answer to call %d", msg.ErrFrame, id)
		}
		delete(s.calls, id)
		s.drop(c)
		c.finish(code, append([]byte(nil), r.B...), nil)
	}
	if len(rest) == 0 && cap(s.in) > keep {
		s.in = nil
		return nil
	}
	s.in = append(s.in[:0], rest...)
	return nil
}

// errOver says that the ctx of a call has ended.
var errOver = errors.New("manager: over")

func over(ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	default:
		return false
	}
}
