//go:build unix

package ipc

import (
	"errors"
	"os"

	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// An inbox is the worker's side of a transport.
type inbox interface {
	// receive waits for the next call. Its error is io.EOF when there will be
	// none, errWithdrawn if the pool has taken the call back. The frame is valid
	// until the call is answered.
	receive() (frame, error)

	// start makes known that the call is started. The error is errWithdrawn if the
	// pool has taken it back.
	start() error

	// deliver hands over what goes with the next call. It may be called beside all
	// others.
	deliver(call uint64, files fds.Arrivals, names []byte)

	// ship sends what goes with the answer, before it. If it fails nothing has gone.
	ship(f *frame) error

	// reply answers the call.
	reply(f *frame) error
}

// errWithdrawn says that the pool has taken a call back.
var errWithdrawn = errors.New("ipc: the call was withdrawn")

// newInbox returns the inbox over what the pool has handed down, and tells it so.
// requests and replies block: with nothing else to do in this process, a thread that
// sleeps in read answers sooner than the poller would. memory is that of a ring, nil
// for none; it is closed.
func newInbox(requests, replies, memory *os.File, c *control, o inboxOptions) (inbox, error) {
	p := &pipeServer{
		maxMessage: o.maxMessage,
		sealing:    o.sealing,
		control:    c,
		parcels:    make(chan parcel, 1),
		requests:   requests,
		replies:    replies,
		in:         make([]byte, 0, keepBuffer),
	}
	var in inbox = p
	if memory != nil {
		var err error
		if in, err = newRingServer(p, memory, o.spin); err != nil {
			return nil, err
		}
	}
	return in, p.reply(&frame{kind: frameHello, call: protocolVersion})
}

// inboxOptions are what the pool has said of itself.
type inboxOptions struct {
	maxMessage int  // bounds the body of a call
	spin       bool // there are processors enough for waiting to be busy for a moment
	sealing    bool // large answers leave the pipe to a notice
}

// A pipeServer is the worker's side of pipes.
type pipeServer struct {
	maxMessage int
	sealing    bool
	control    *control
	parcels    chan parcel // of capacity 1: what goes with the next call
	requests   *os.File    // unbuffered: what has not been started stays in the pipe
	replies    *os.File
	in, out    []byte // the call and the answer, as they travel
}

func (s *pipeServer) receive() (frame, error) {
	f, err := readFrame(s.requests, s.maxMessage, s.in)
	if err != nil || f.files == 0 {
		return f, err
	}
	for p := range s.parcels {
		if p.call == f.call && (p.fds == nil || len(p.fds) == f.files) {
			return f, f.unseal(p.fds, p.names, s.maxMessage)
		}
		p.fds.Close() // of a call that never came
	}
	return f, errProtocol
}

// A parcel is what goes with a call.
type parcel struct {
	call  uint64
	fds   fds.Arrivals // nil if they were lost
	names []byte
}

// deliver keeps what goes with a call for receive. What is there already went with a
// call that never came.
func (s *pipeServer) deliver(call uint64, files fds.Arrivals, names []byte) {
	for {
		select {
		case s.parcels <- parcel{call, files, names}:
			return
		case old := <-s.parcels:
			old.fds.Close()
		}
	}
}

// start takes the byte that says that the call was started.
func (s *pipeServer) start() error {
	var b [1]byte
	n, err := s.requests.Read(b[:])
	if err == nil && (n != 1 || b[0] != ticket) {
		err = errProtocol
	}
	return err
}

func (s *pipeServer) ship(f *frame) error { return f.ship(s.control, f.got, s.sealing) }

func (s *pipeServer) reply(f *frame) error {
	s.out = append(appendFrame(s.out[:0], f), f.body...)
	_, err := s.replies.Write(s.out)
	if cap(s.out) > keepBuffer {
		s.out = nil
	}
	return err
}
