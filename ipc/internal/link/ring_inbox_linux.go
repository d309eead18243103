package link

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// A ringInbox is the worker's side of a ring.
type ringInbox struct {
	*pipeInbox
	ring  ring
	bell  bell // the worker's, to sleep on
	other bell // the pool's, to wake it
	next  uint32
	name  string // of the last function called: usually the next one's too
	store answerStore

	// Of the call being served:
	state *atomic.Uint32
	stamp uint32
	space []byte
	piped bool
}

// newRingInbox returns the worker's side of the ring in memory, which it closes.
func newRingInbox(p *pipeInbox, memory *os.File, spin bool) (Inbox, error) {
	defer memory.Close()
	r, err := mapRing(memory)
	if err != nil {
		return nil, err
	}
	return &ringInbox{store: openStores(r, memory), pipeInbox: p, ring: r, bell: newBell(r, ringWorkerBell, spin), other: bell{word: r.word(ringPoolBell)}}, nil
}

func (s *ringInbox) Receive() (Frame, error) {
	dismissed := s.ring.word(ringDismissed)
	for {
		s.state, s.space = s.ring.slot(s.next)
		s.bell.wait(func() bool {
			n := s.state.Load() & slotState
			return n == slotQueued || n == slotWithdrawn || dismissed.Load() == 1
		})
		n := s.state.Load()
		s.stamp = n &^ slotState
		switch n & slotState {
		case slotQueued:
			return s.open()
		case slotWithdrawn:
			s.pass()
		default:
			if dismissed.Load() == 1 {
				return Frame{}, io.EOF
			}
		}
	}
}

// pass leaves a call that was withdrawn behind, unless the pool has already had
// its slot back: then another call will take its place.
func (s *ringInbox) pass() {
	if s.state.CompareAndSwap(s.stamp|slotWithdrawn, slotFree) {
		s.next++
	}
}

// open reads the call in the slot. A small one stays where it is, since the pool
// leaves it alone until it is answered. If it is withdrawn meanwhile, what is
// read may be anything: start will say so.
func (s *ringInbox) open() (Frame, error) {
	head := [headerSize]byte(s.space)
	f, nameLen, bodyLen, err := parseHeader(&head, s.maxMessage)
	if s.piped = f.piped; s.piped {
		if !s.take() {
			return Frame{}, ErrWithdrawn
		}
		return s.pipeInbox.Receive()
	}
	body := s.space[headerSize:]
	if f.stored {
		body = s.store.calls
		nameLen = min(nameLen, len(s.space)-headerSize)
	} else {
		body = body[min(nameLen, len(body)):]
	}
	if err != nil || bodyLen > len(body) {
		if !s.take() {
			return Frame{}, ErrWithdrawn
		}
		return Frame{}, ErrProtocol
	}
	name := s.space[headerSize : headerSize+nameLen]
	if s.name != string(name) {
		s.name = string(name)
	}
	f.Name, f.Body = s.name, body[:bodyLen:bodyLen]
	return f, nil
}

func (s *ringInbox) Start() error {
	switch {
	case s.piped:
		return s.pipeInbox.Start()
	case s.take():
		return nil
	}
	return ErrWithdrawn
}

// take makes known that the call is started, unless it was withdrawn.
func (s *ringInbox) take() bool {
	if !s.state.CompareAndSwap(s.stamp|slotQueued, s.stamp|slotStarted) {
		return false // receive will come upon it again
	}
	s.next++
	return true
}

// Room returns memory for the next result.
func (s *ringInbox) Room() []byte { return s.store.room() }

// Ship puts a body that is too large for a slot into the store, if it can.
func (s *ringInbox) Ship(f *Frame) error {
	if f.Files = len(f.Got); f.fits() {
		s.store.level.needs(0)
		return nil
	}
	if f.storable() && s.store.put(f.Body) {
		f.stored = true
		return nil
	}
	return s.pipeInbox.Ship(f)
}

func (s *ringInbox) Reply(f *Frame) error {
	put(s.space, f)
	if !s.state.CompareAndSwap(s.stamp|slotStarted, s.stamp|slotDone) {
		return fmt.Errorf("%w: the function has written over the memory that this process shares with the pool", ErrProtocol)
	}
	s.other.ring()
	if !f.fits() && !f.stored {
		return s.pipeInbox.Reply(f)
	}
	return nil
}
