package link

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Frame is one message between a pool and a worker: a fixed header, a name,
// a body. It is the same in both directions, whatever transport carries it.
//
//	offset 0  kind     1 byte
//	       1  flags    1 byte: 1 a chunk, 2 a notice of a frame that is in a pipe,
//	                  4 its body is the content of the first descriptor, 8 the worker has
//	                  what the descriptors are of, and they do not go with it, 16 its body
//	                  is in the store of its direction
//	       2  name     1 byte, length of the name
//	       3  files    1 byte, how many descriptors go with it, in the control socket
//	       4  magic    4 bytes, so that a stray write is not taken for a frame
//	       8  call     8 bytes, the number of the call on this worker
//	      16  deadline 8 bytes, ctx's, as a [Point], 0 if it has none
//	      24  types    8 bytes, a hash of what the function takes and returns, 0 if it does not matter
//	      32  body     8 bytes, length of the body
//	      40  the name, then the body, then, after a call, its ticket: one byte
//
// Numbers are little-endian. A worker takes the ticket when it has everything
// else and is about to start the function: a pool that finds it still in the
// pipe of a dead worker knows that the function was never started.
type Frame struct {
	Kind     Kind
	Chunk    bool   // the argument is a slice of arguments
	Files    int    // so many descriptors go with it, in a frame of their own
	Known    int    // instead: so many would, and the worker has what they are
	Name     string // of the function, or of the profile
	Call     uint64 // the number of the call on its worker; a profile's detail
	Deadline int64  // of the call's ctx, as a [Point], 0 for none; a profile's duration
	Types    uint64 // a hash of what the function takes and returns, 0 if it does not matter
	Body     []byte

	piped  bool // only a notice, in shared memory: the frame itself is in the pipe
	sealed bool // its body is the content of the first descriptor that goes with it
	stored bool // its body is in a store of shared memory

	// Once it has come:
	Got  []*os.File // what went with it, the body not counted
	Lost bool       // what went with it was too much for this process's table of descriptors
}

// A Kind says what a frame is.
type Kind uint8

// The kinds of frames. Cancellations, profiles and files travel in the control socket.
const (
	KindHello   Kind = iota + 1 // worker: it is ready
	KindCall                    // pool: run
	KindCancel                  // pool: the call's ctx ended; the body is the cause
	KindResult                  // worker: the body is the result
	KindError                   // worker: the body is a failure
	KindProfile                 // pool: write the profile of that name to the socket that comes along
	KindFiles                   // both: what goes with a call or a result; the body is their names
	KindAbsent                  // worker: the call has not begun, for what was known is not here any more
	kindEnd                     // bound of the kinds
)

// protocolVersion is the call number of a hello: both sides are to be of one mind
// about frames, roles, descriptors and rings. It changes when one of them does.
const protocolVersion = 9

// MaxName bounds the name of a function or a profile, in bytes.
const MaxName = 255

const (
	headerSize = 40
	frameMagic = 0x0fa7f01d
	flagChunk  = 1
	flagPiped  = 2
	flagSealed = 4
	flagKnown  = 8 // the number of files is that of Known
	flagStored = 16
	ticket     = 0

	// maxCause bounds the body of a cancellation, so that the whole frame is no longer
	// than PIPE_BUF: the socket takes either all of it at one stroke, or nothing.
	maxCause = 4096 - headerSize - MaxName
)

// keepBuffer bounds what one process keeps for the next frame: 64 KiB, a usual size, and
// what stands around them.
const keepBuffer = 80 << 10

// Size returns how many bytes f takes, without a ticket.
func (f *Frame) Size() int { return headerSize + len(f.Name) + len(f.Body) }

// Append appends f to dst, without a ticket.
func (f *Frame) Append(dst []byte) []byte { return append(f.appendHead(dst), f.Body...) }

// appendHead appends the header and name of f; the body follows them.
func (f *Frame) appendHead(dst []byte) []byte {
	var flags byte
	if f.Chunk {
		flags |= flagChunk
	}
	if f.piped {
		flags |= flagPiped
	}
	if f.sealed {
		flags |= flagSealed
	}
	if f.stored {
		flags |= flagStored
	}
	files := f.Files
	if f.Known > 0 {
		flags |= flagKnown
		files = f.Known
	}
	dst = append(dst, byte(f.Kind), flags, byte(len(f.Name)), byte(files))
	dst = binary.LittleEndian.AppendUint32(dst, frameMagic)
	dst = binary.LittleEndian.AppendUint64(dst, f.Call)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.Deadline))
	dst = binary.LittleEndian.AppendUint64(dst, f.Types)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(f.Body)))
	return append(dst, f.Name...)
}

// ErrProtocol matches the errors that say that the other side talks nonsense.
var ErrProtocol = errors.New("ipc: protocol violation")

// parseHeader makes a frame of its header, and returns the lengths of its name
// and its body. limit bounds the latter.
func parseHeader(head *[headerSize]byte, limit int) (f Frame, nameLen, bodyLen int, err error) {
	f = Frame{
		Kind:     Kind(head[0]),
		Chunk:    head[1]&flagChunk != 0,
		piped:    head[1]&flagPiped != 0,
		sealed:   head[1]&flagSealed != 0,
		stored:   head[1]&flagStored != 0,
		Files:    int(head[3]),
		Call:     binary.LittleEndian.Uint64(head[8:]),
		Deadline: int64(binary.LittleEndian.Uint64(head[16:])),
		Types:    binary.LittleEndian.Uint64(head[24:]),
	}
	nameLen = int(head[2])
	size := binary.LittleEndian.Uint64(head[32:])
	switch {
	case binary.LittleEndian.Uint32(head[4:]) != frameMagic, f.Kind == 0, f.Kind >= kindEnd, f.Files > maxFiles+1, f.sealed && f.Files == 0, f.stored && (f.piped || f.sealed):
		err = fmt.Errorf("%w: header % x", ErrProtocol, bytes.Clone(head[:])) // head itself stays on the stack
	case size > uint64(limit):
		err = fmt.Errorf("%w: a body of %d bytes, the limit is %d", ErrProtocol, size, limit)
	}
	if err != nil {
		return Frame{}, 0, 0, err
	}
	if head[1]&flagKnown != 0 {
		f.Known, f.Files = f.Files, 0
	}
	return f, nameLen, int(size), nil
}

// ReadFrame blocks until it has read one frame. The body is read into scratch when it
// fits, and into fresh memory otherwise, which grows as the bytes arrive: an announced
// length alone allocates nothing. limit bounds the body, in bytes. The error is io.EOF at
// the end between two frames.
func ReadFrame(r io.Reader, limit int, scratch []byte) (Frame, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Frame{}, err
	}
	f, nameLen, bodyLen, err := parseHeader(&head, limit)
	if err != nil {
		return Frame{}, err
	}
	if f.piped || f.stored {
		return Frame{}, fmt.Errorf("%w: a notice in a pipe", ErrProtocol)
	}
	name := make([]byte, nameLen)
	if _, err := io.ReadFull(r, name); err != nil {
		return Frame{}, midFrame(err)
	}
	f.Name = string(name)
	f.Body, err = readBody(r, bodyLen, scratch)
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
