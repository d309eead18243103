package ipc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A frame is one message between a pool and a worker: a fixed header, a name,
// a body. It is the same in both directions, whatever transport carries it.
//
//	offset 0  kind     1 byte
//	       1  flags    1 byte: 1 a chunk, 2 a notice of a frame that is in a pipe,
//	                  4 its body is the content of the first descriptor
//	       2  name     1 byte, length of the name
//	       3  files    1 byte, how many descriptors go with it, in the control socket
//	       4  magic    4 bytes, so that a stray write is not taken for a frame
//	       8  call     8 bytes, the number of the call on this worker
//	      16  deadline 8 bytes, ctx's, in nanoseconds since 1970, 0 if it has none
//	      24  types    8 bytes, a hash of what the function takes and returns, 0 if it does not matter
//	      32  body     8 bytes, length of the body
//	      40  the name, then the body, then, after a call, its ticket: one byte
//
// Numbers are little-endian. A worker takes the ticket when it has everything
// else and is about to start the function: a pool that finds it still in the
// pipe of a dead worker knows that the function was never started.
type frame struct {
	kind     frameKind
	chunk    bool
	piped    bool // only a notice, in shared memory: the frame itself is in the pipe
	sealed   bool // its body is the content of the first descriptor that goes with it
	files    int  // so many descriptors go with it, in a frame of their own
	name     string
	call     uint64
	deadline int64
	types    uint64 // see Call
	body     []byte

	// Once it has come:
	got  []*os.File // what went with it, the body not counted
	lost bool       // what went with it was too much for this process's table of descriptors
}

type frameKind uint8

const (
	frameHello   frameKind = iota + 1 // worker: ready
	frameCall                         // pool: run
	frameCancel                       // pool, in the control socket: the call's ctx ended; body is the cause
	frameResult                       // worker: body is the result
	frameError                        // worker: body is a failure
	frameProfile                      // pool, in the control socket: write the profile of that name to the socket that comes along; call is its detail, deadline its duration
	frameFiles                        // both, in the control socket: what goes with a call or result; body is their names
	frameEnd                          // bound of the kinds
)

// protocolVersion is the call number of a hello: both sides are to be of one mind
// about frames, roles, descriptors and rings. It changes when one of them does.
const protocolVersion = 5

const (
	headerSize = 40
	frameMagic = 0x0fa7f01d
	maxName    = 255
	flagChunk  = 1
	flagPiped  = 2
	flagSealed = 4
	ticket     = 0

	// maxCause bounds the body of a cancellation, so that the whole frame is no longer
	// than PIPE_BUF: the socket takes either all of it at one stroke, or nothing.
	maxCause = 4096 - headerSize - maxName
)

// size is how many bytes f takes, without a ticket.
func (f *frame) size() int { return headerSize + len(f.name) + len(f.body) }

// appendFrame appends the header and name of f; the body follows them.
func appendFrame(dst []byte, f *frame) []byte {
	var flags byte
	if f.chunk {
		flags |= flagChunk
	}
	if f.piped {
		flags |= flagPiped
	}
	if f.sealed {
		flags |= flagSealed
	}
	dst = append(dst, byte(f.kind), flags, byte(len(f.name)), byte(f.files))
	dst = binary.LittleEndian.AppendUint32(dst, frameMagic)
	dst = binary.LittleEndian.AppendUint64(dst, f.call)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.deadline))
	dst = binary.LittleEndian.AppendUint64(dst, f.types)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(f.body)))
	return append(dst, f.name...)
}

// errProtocol says that the other side sent what is no frame.
var errProtocol = errors.New("ipc: protocol violation")

// parseHeader makes a frame of its header, and returns the lengths of its name
// and its body. limit bounds the latter.
func parseHeader(head *[headerSize]byte, limit int) (f frame, nameLen, bodyLen int, err error) {
	f = frame{
		kind:     frameKind(head[0]),
		chunk:    head[1]&flagChunk != 0,
		piped:    head[1]&flagPiped != 0,
		sealed:   head[1]&flagSealed != 0,
		files:    int(head[3]),
		call:     binary.LittleEndian.Uint64(head[8:]),
		deadline: int64(binary.LittleEndian.Uint64(head[16:])),
		types:    binary.LittleEndian.Uint64(head[24:]),
	}
	nameLen = int(head[2])
	size := binary.LittleEndian.Uint64(head[32:])
	switch {
	case binary.LittleEndian.Uint32(head[4:]) != frameMagic, f.kind == 0, f.kind >= frameEnd, f.files > maxFiles+1, f.sealed && f.files == 0:
		err = fmt.Errorf("%w: header % x", errProtocol, head[:])
	case size > uint64(limit):
		err = fmt.Errorf("%w: a body of %d bytes, the limit is %d", errProtocol, size, limit)
	}
	if err != nil {
		return frame{}, 0, 0, err
	}
	return f, nameLen, int(size), nil
}

// readFrame reads one frame. The body is read into scratch when it fits and
// into fresh memory otherwise, which grows as the bytes arrive: an announced
// length alone makes nobody allocate. limit bounds the body.
func readFrame(r io.Reader, limit int, scratch []byte) (frame, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f, nameLen, bodyLen, err := parseHeader(&head, limit)
	if err != nil {
		return frame{}, err
	}
	if f.piped {
		return frame{}, fmt.Errorf("%w: a notice in a pipe", errProtocol)
	}
	name := make([]byte, nameLen)
	if _, err := io.ReadFull(r, name); err != nil {
		return frame{}, midFrame(err)
	}
	f.name = string(name)
	f.body, err = readBody(r, bodyLen, scratch)
	return f, err
}

// bodyStep is how far reading a body runs ahead of the bytes that came: 1 MiB, and
// what stands around so much.
const bodyStep = 1<<20 + 4<<10

func readBody(r io.Reader, n int, scratch []byte) ([]byte, error) {
	if n <= cap(scratch) {
		_, err := io.ReadFull(r, scratch[:n])
		return scratch[:n], midFrame(err)
	}
	body := make([]byte, 0, min(n, bodyStep))
	for len(body) < n {
		step := min(n-len(body), max(bodyStep, len(body)))
		if cap(body)-len(body) < step {
			grown := make([]byte, len(body), len(body)+step)
			copy(grown, body)
			body = grown
		}
		m, err := io.ReadFull(r, body[len(body):len(body)+step])
		body = body[:len(body)+m]
		if err != nil {
			return nil, midFrame(err)
		}
	}
	return body, nil
}

// midFrame tells an end within a frame from one between frames.
func midFrame(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
