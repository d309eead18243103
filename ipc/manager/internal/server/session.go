package server

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
	"github.com/fanfold/fanfold/ipc/manager/internal/socket"
	"github.com/fanfold/fanfold/ipc/manager/internal/store"
)

const (
	patience   = 30 * time.Second // without the client taking a byte
	fullEnough = 1 << 20          // bytes of answers: its messages are not read meanwhile
	tooFull    = 2 * msg.MaxMessage
	piece      = 256 << 10 // that a client has to take within patience
	keep       = 64 << 10  // bytes that an idle session keeps
	readAtOnce = 32 << 10
)

// A session is one client's connection.
type session struct {
	s *socket.Socket

	mu      sync.Mutex
	out     []byte
	writing bool
	room    chan struct{} // closed when out is short again; nil if the reader does not wait
	err     error
	writers sync.WaitGroup
}

// serve serves the client at the other end of f, which it closes.
func serve(ctx context.Context, f *os.File, c *store.Client, st *store.Store) error {
	sock, err := socket.New(f)
	if err != nil {
		f.Close()
		return err
	}
	s := &session{s: sock}
	c.Reply, c.Flush = s.reply, s.flush
	st.Join(c)
	stop := context.AfterFunc(ctx, sock.Shut)
	defer func() {
		stop()
		st.Leave(c)
		sock.Shut()
		s.writers.Wait()
		sock.Close()
	}()
	err = s.read(c, st)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil { // why it was cut off
		err = s.err
	}
	if socket.Ended(err) {
		return nil
	}
	return err
}

// read carries out messages until the connection ends.
func (s *session) read(c *store.Client, st *store.Store) error {
	in := make([]byte, 0, 4<<10)
	for {
		n, err := s.s.Read(in[len(in):cap(in)])
		if err != nil {
			return err
		}
		in = in[:len(in)+n]
		rest, need, err := carryOut(in, c, st)
		st.Flush()
		if err != nil {
			return err
		}
		in = kept(in, rest, need)
		s.wait()
	}
}

// carryOut carries out the whole messages in b, and returns what is left.
func carryOut(b []byte, c *store.Client, st *store.Store) (rest []byte, need int, err error) {
	for {
		message, rest, need, err := msg.Next(b)
		if err != nil || message == nil {
			return rest, need, err
		}
		if err := st.Do(c, message); err != nil {
			return rest, 0, err
		}
		b = rest
	}
}

// kept returns the buffer for what comes next, with rest in it. It grows as a message
// comes, not as its length is announced.
func kept(in, rest []byte, need int) []byte {
	size := cap(in)
	switch {
	case len(rest) == 0 && size > keep:
		return make([]byte, 0, 4<<10)
	case len(rest) == size:
		size = min(max(2*size, readAtOnce), need)
	case len(rest) == 0 && len(in) == size: // more has come than fits
		size = max(size, readAtOnce)
	}
	if size == cap(in) {
		return append(in[:0], rest...)
	}
	return append(make([]byte, 0, max(size, len(rest)+1)), rest...)
}

// reply adds an answer.
func (s *session) reply(call uint64, code msg.Code, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	b, start := msg.Begin(s.out)
	b = append(append(msg.Uint(b, call), byte(code)), payload...)
	b, ok := msg.End(b, start)
	if !ok {
		b, start = msg.Begin(b)
		b = append(append(msg.Uint(b, call), byte(msg.TooLarge)), fmt.Sprintf("an answer of %d bytes", len(payload))...)
		b, _ = msg.End(b, start)
	}
	s.out = b
	if len(s.out) > tooFull {
		s.end(fmt.Errorf("it leaves %d bytes of answers unread", len(s.out)))
	}
}

// end cuts the client off. The mutex is held.
func (s *session) end(err error) {
	if s.err == nil {
		s.err, s.out = err, nil
		s.s.Shut()
	}
}

// flush writes the answers, as far as that does not block; a goroutine writes the rest.
func (s *session) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing || len(s.out) == 0 || s.err != nil {
		return
	}
	n, err := s.s.TryWrite(s.out)
	if err != nil {
		s.end(err)
		return
	}
	if n == len(s.out) {
		s.spent()
		return
	}
	s.out = s.out[n:]
	s.writing = true
	s.writers.Go(s.write)
}

// spent forgets what was written. The mutex is held.
func (s *session) spent() {
	if s.out = s.out[:0]; cap(s.out) > keep {
		s.out = nil
	}
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// write writes answers to a client that does not take them at once.
func (s *session) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.err == nil && len(s.out) > 0 {
		out := s.out
		s.out = nil
		s.mu.Unlock()
		var err error
		for len(out) > 0 && err == nil {
			part := out[:min(len(out), piece)]
			err = s.s.Write(part, patience)
			out = out[len(part):]
		}
		s.mu.Lock()
		if err != nil {
			s.end(fmt.Errorf("it does not read: %w", err))
		}
	}
	s.writing = false
	s.spent()
}

// wait blocks while too many answers are not written.
func (s *session) wait() {
	s.mu.Lock()
	if len(s.out) < fullEnough || s.err != nil {
		s.mu.Unlock()
		return
	}
	if s.room == nil {
		s.room = make(chan struct{})
	}
	room := s.room
	s.mu.Unlock()
	<-room
}
