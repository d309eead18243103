package session

import (
	"fmt"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// add adds a message. A call of id 0 gets no answer. The mutex is held.
func (s *Session) add(id uint64, op msg.Op, object uint64, args []byte) error {
	b, start := msg.Begin(s.out)
	b = append(msg.Uint(append(msg.Uint(b, id), byte(op)), object), args...)
	b, ok := msg.End(b, start)
	s.out = b
	if !ok {
		return fmt.Errorf("manager: %w", &wire.TooLargeError{Func: "manager", What: "message", Size: len(args), Limit: msg.MaxMessage})
	}
	return nil
}

// roomy waits until there is room for more messages. The mutex is held, and let go
// meanwhile.
func (s *Session) roomy(ended <-chan struct{}) error {
	for s.err == nil && len(s.out) > fullEnough {
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-ended:
		}
		s.mu.Lock()
		if over(ended) {
			return errOver
		}
	}
	return s.err
}

// flush writes what there is, also what others add meanwhile. What cannot be written at
// once is left to a goroutine. The mutex is held, and let go meanwhile.
func (s *Session) flush() {
	if s.writing || s.err != nil {
		return
	}
	s.writing = true
	s.users++
	for s.err == nil && len(s.out) > 0 {
		out := s.out
		s.out = nil
		s.mu.Unlock()
		n, err := s.sock.TryWrite(out)
		s.mu.Lock()
		if err != nil {
			s.fail(err)
			break
		}
		if n < len(out) {
			go s.rest(out[n:])
			return
		}
		if s.out == nil && cap(out) <= keep {
			s.out = out[:0]
		}
	}
	s.written()
}

// rest writes what the server has not taken at once.
func (s *Session) rest(out []byte) {
	for {
		err := s.sock.WriteWait(out)
		s.mu.Lock()
		if err != nil {
			s.fail(err)
		}
		out = s.out
		s.out = nil
		if len(out) == 0 || s.err != nil {
			break
		}
		s.spent()
		s.mu.Unlock()
	}
	s.written()
	s.mu.Unlock()
}

// written says that nobody writes any more. The mutex is held.
func (s *Session) written() {
	s.writing = false
	s.spent()
	s.unuse()
}

// spent lets calls go on that wait for room. The mutex is held.
func (s *Session) spent() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// Post sends a message that gets no answer. It does not block; after the end of the session
// it does nothing.
func (s *Session) Post(op msg.Op, object uint64, args []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.add(0, op, object, args) == nil {
		s.flush()
	}
}
