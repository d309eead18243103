//go:build unix

package ipc

import (
	"errors"
	"os"
	"syscall"

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

	// ship sends what goes with the answer, before it. If it fails nothing has gone.
	ship(f *frame) error

	// reply answers the call.
	reply(f *frame) error
}

// errWithdrawn says that the pool has taken a call back.
var errWithdrawn = errors.New("ipc: the call was withdrawn")

// openInbox opens what the pool has handed down, and tells it so.
func openInbox(r role, c *control, parcels chan parcel) (inbox, error) {
	// Blocking descriptors: with nothing else to do in this process, a thread
	// that sleeps in read answers sooner than the poller would.
	_ = syscall.SetNonblock(fdRequest, false)
	_ = syscall.SetNonblock(fdReply, false)
	p := pipeServer{
		maxMessage: r.maxMessage,
		sealing:    !r.pipes,
		control:    c,
		parcels:    parcels,
		requests:   os.NewFile(fdRequest, "requests"),
		replies:    os.NewFile(fdReply, "replies"),
		in:         make([]byte, 0, keepBuffer),
	}
	var in inbox = &p
	if r.ring {
		var err error
		if in, err = newRingServer(p, r.spin); err != nil {
			return nil, err
		}
	}
	return in, p.reply(&frame{kind: frameHello, call: protocolVersion})
}

// A pipeServer is the worker's side of pipes.
type pipeServer struct {
	maxMessage int
	sealing    bool
	control    *control
	parcels    chan parcel // what goes with calls, from who reads the control socket
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
