package ipc

import (
	"io"
	"sync/atomic"
	"syscall"
)

// A ringServer is the worker's side of a ring.
type ringServer struct {
	pipeServer
	ring  ring
	bell  bell // the worker's, to sleep on
	other bell // the pool's, to wake it
	next  uint32
	name  string // of the last function called: usually the next one's too

	state *atomic.Uint32 // of the call being served
	space []byte
	piped bool
}

// newRingServer finds the ring that the pool has handed down.
func newRingServer(p pipeServer) (inbox, error) {
	r, err := mapRing(fdRing)
	if err != nil {
		return nil, err
	}
	_ = syscall.Close(fdRing)
	return &ringServer{pipeServer: p, ring: r, bell: newBell(r, ringWorkerBell), other: bell{word: r.word(ringPoolBell)}}, nil
}

func (s *ringServer) receive() (frame, error) {
	dismissed := s.ring.word(ringDismissed)
	for ; ; s.next++ {
		s.state, s.space = s.ring.slot(s.next)
		s.bell.wait(func() bool {
			n := s.state.Load()
			return n == slotQueued || n == slotWithdrawn || dismissed.Load() == 1
		})
		switch s.state.Load() {
		case slotQueued:
			s.next++
			return s.open()
		case slotWithdrawn:
			s.state.Store(slotFree)
		default:
			return frame{}, io.EOF
		}
	}
}

// open reads the call in the slot. A small one stays where it is, since the pool
// leaves it alone until it is answered.
func (s *ringServer) open() (frame, error) {
	head := [headerSize]byte(s.space)
	f, nameLen, bodyLen, err := parseHeader(&head, s.maxMessage)
	if s.piped = f.piped; s.piped {
		if !s.state.CompareAndSwap(slotQueued, slotStarted) {
			return frame{}, errProtocol
		}
		return s.pipeServer.receive()
	}
	if err != nil || nameLen+bodyLen > len(s.space)-headerSize {
		return frame{}, errProtocol
	}
	name, body := s.space[headerSize:headerSize+nameLen], s.space[headerSize+nameLen:headerSize+nameLen+bodyLen]
	if s.name != string(name) {
		s.name = string(name)
	}
	f.name, f.body = s.name, body
	return f, nil
}

func (s *ringServer) start() error {
	switch {
	case s.piped:
		return s.pipeServer.start()
	case s.state.CompareAndSwap(slotQueued, slotStarted):
		return nil
	}
	s.state.Store(slotFree)
	return errWithdrawn
}

func (s *ringServer) reply(f *frame) error {
	put(s.space, f)
	s.state.Store(slotDone)
	s.other.ring()
	if !f.fits() {
		return s.pipeServer.reply(f)
	}
	return nil
}
