//go:build unix

package link

import (
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// NewInbox returns the inbox over what the pool has handed down, and says hello.
// requests and replies block: with nothing else to do in this process, a thread that
// sleeps in read answers sooner than the poller would. memory is that of a ring, nil
// for none; it is closed.
func NewInbox(requests, replies, memory *os.File, c *Control, o InboxOptions) (Inbox, error) {
	p := &pipeInbox{
		maxMessage: o.MaxMessage,
		sealing:    o.Sealing,
		control:    c,
		parcels:    make(chan parcel, 1),
		requests:   requests,
		replies:    replies,
		in:         make([]byte, 0, keepBuffer),
	}
	var in Inbox = p
	if memory != nil {
		var err error
		if in, err = newRingInbox(p, memory, o.Spin); err != nil {
			return nil, err
		}
	}
	return in, p.Reply(&Frame{Kind: KindHello, Call: protocolVersion})
}

// A pipeInbox is the worker's side of pipes.
type pipeInbox struct {
	maxMessage int
	sealing    bool
	control    *Control
	parcels    chan parcel // of capacity 1: what goes with the next call
	requests   *os.File    // unbuffered: what has not been started stays in the pipe
	replies    *os.File
	in, out    []byte // the call and the answer, as they travel
}

func (s *pipeInbox) Receive() (Frame, error) {
	f, err := ReadFrame(s.requests, s.maxMessage, s.in)
	if err != nil || f.Files == 0 {
		return f, err
	}
	for p := range s.parcels {
		if p.call == f.Call && (p.fds == nil || len(p.fds) == f.Files) {
			return f, f.unseal(p.fds, p.names, s.maxMessage)
		}
		p.fds.Close() // of a call that never came
	}
	return f, ErrProtocol
}

// A parcel is what goes with a call.
type parcel struct {
	call  uint64
	fds   fds.Arrivals // nil if they were lost
	names []byte
}

// Deliver keeps what goes with a call for Receive. What is there already went with a
// call that never came.
func (s *pipeInbox) Deliver(f *Frame, rights fds.Arrivals) {
	for {
		select {
		case s.parcels <- parcel{f.Call, rights, f.Body}:
			return
		case old := <-s.parcels:
			old.fds.Close()
		}
	}
}

// Start takes the byte that says that the call was started.
func (s *pipeInbox) Start() error {
	var b [1]byte
	n, err := s.requests.Read(b[:])
	if err == nil && (n != 1 || b[0] != ticket) {
		err = ErrProtocol
	}
	return err
}

func (s *pipeInbox) Room() []byte { return nil }

func (s *pipeInbox) Ship(f *Frame) error { return f.ship(s.control, f.Got, s.sealing) }

func (s *pipeInbox) Reply(f *Frame) error {
	s.out = f.Append(s.out[:0])
	_, err := s.replies.Write(s.out)
	if cap(s.out) > keepBuffer {
		s.out = nil
	}
	return err
}
