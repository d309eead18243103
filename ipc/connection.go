package ipc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"sync"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/internal/wire"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// A Connection carries messages, whole and in order, to the process or goroutine
// at its other end. Make one with [Pipe], [OneWayPipe], [Dial], [Listener.Accept]
// or [FileConnection]; end it with Close. Any number of goroutines may send and
// receive at the same time: each message goes to one of them.
// ("multiprocessing.connection.Connection")
//
// Messages are bytes ([Connection.SendBytes]), Go values ([Send], [Recv]) or open
// files ([Connection.SendFile]). The bytes on the way are those of Python's
// multiprocessing.connection: a Python process can be the other end for bytes.
type Connection struct {
	file     *os.File // in the poller
	raw      syscall.RawConn
	socket   bool // can carry files
	readable bool
	writable bool
	limit    int

	sending   chan struct{} // of capacity 1, taken by the one who sends
	receiving chan struct{} // the same

	// Guarded by receiving.
	space []byte // what the system fills, of length recvBuffer
	buf   []byte // the part of it that was received and not yet looked at
	head  []byte // of the message being received, as far as it is known
	kind  messageKind
	size  int          // of the message being received
	body  []byte       // of the message being received, as far as it has come
	files fds.Arrivals // those of messages that were not taken yet
}

// ConnectionOptions are the choices of a [Connection] or a [Listener]. The zero
// value of each is its default.
type ConnectionOptions struct {
	// MaxMessage bounds a message in bytes, sent or received; 0 means 256 MiB.
	MaxMessage int

	// AuthKey, if not empty, is a secret that both ends of a connection made by
	// [Dial] and [Listener.Accept] must prove to have, by HMAC-SHA256 of a random
	// challenge, before a message travels. It does not encrypt what travels.
	AuthKey []byte

	// AuthTimeout bounds that proof; 0 means 10 s.
	AuthTimeout time.Duration

	// AllowMD5 accepts a proof by HMAC-MD5 as well, the only one that Python had
	// before version 3.12.
	AllowMD5 bool
}

// ErrOneWay is returned by sends on a connection that only receives, and the other
// way round.
var ErrOneWay = errors.New("ipc: the connection is one-way")

// ErrNoFile is returned by [Connection.RecvFile] for a message that is not a file.
var ErrNoFile = errors.New("ipc: the message is not a file")

// newConnection makes a connection of f, whose descriptor does not block.
func newConnection(f *os.File, socket, readable, writable bool, o ConnectionOptions) (*Connection, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Connection{
		file: f, raw: raw, socket: socket, readable: readable, writable: writable, limit: o.MaxMessage,
		sending: make(chan struct{}, 1), receiving: make(chan struct{}, 1),
	}, nil
}

func connectionOptions(caller string, options []ConnectionOptions) ConnectionOptions {
	o := only(caller, options)
	if o.MaxMessage < 0 || o.AuthTimeout < 0 {
		panic(fmt.Sprintf("ipc: %s: MaxMessage is %d and AuthTimeout %v, want 0 (the default) or more", caller, o.MaxMessage, o.AuthTimeout))
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = min(defaultMaxMessage, math.MaxInt32)
	}
	if o.AuthTimeout == 0 {
		o.AuthTimeout = 10 * time.Second
	}
	return o
}

// Send sends v, encoded as an argument of a [Function] is; interfaces within it may
// hold basic types. See [Connection.SendBytes] for the rest. It panics, naming the
// field, if T holds something that cannot travel.
func Send[T any](ctx context.Context, c *Connection, v T) error {
	data, err := codecOf[T]("Send").Append(nil, v)
	if err != nil {
		return fmt.Errorf("ipc: Send: %w", err)
	}
	return c.SendBytes(ctx, data)
}

// Recv receives a value that [Send] of the same type sent. See
// [Connection.RecvBytes] for the rest. A message that is not a T is taken and
// gives an error that says why. It panics as Send does.
func Recv[T any](ctx context.Context, c *Connection) (T, error) {
	codec := codecOf[T]("Recv")
	data, err := c.RecvBytes(ctx)
	if err != nil {
		return *new(T), err
	}
	v, err := codec.Decode(data)
	if err != nil {
		return v, fmt.Errorf("ipc: Recv: %w", err)
	}
	return v, nil
}

// codecs holds the *wire.Codec[T] of each T that was sent or received.
var codecs sync.Map

func codecOf[T any](caller string) *wire.Codec[T] {
	t := reflect.TypeFor[T]()
	if c, ok := codecs.Load(t); ok {
		return c.(*wire.Codec[T])
	}
	c, err := wire.Of[T]()
	if err != nil {
		panic(fmt.Sprintf("ipc: %s: %v", caller, err))
	}
	codecs.Store(t, c)
	return c
}

// Close closes this end. Whoever waits on it gets an error that errors.Is finds
// fs.ErrClosed in; the other end receives what was sent, then io.EOF. What was
// received and not taken is dropped, files are closed. Closing again returns
// fs.ErrClosed.
func (c *Connection) Close() error {
	err := c.file.Close()
	c.receiving <- struct{}{} // nobody blocks with it any more
	c.end()
	<-c.receiving
	return err
}

// end closes the connection and drops what was received and not taken. The caller
// has receiving.
func (c *Connection) end() {
	c.file.Close()
	c.files.Close()
	c.buf, c.head, c.kind, c.size, c.body = nil, nil, noMessage, 0, nil
}

// Poll blocks until there is something to receive: a message, the beginning of one,
// or the end of the connection. A message may then still be taken by another
// goroutine. ("multiprocessing.connection.Connection.poll")
func (c *Connection) Poll(ctx context.Context) error {
	if err := c.enter(ctx, c.receiving, c.readable); err != nil {
		return err
	}
	defer leave(c.receiving)
	if len(c.buf) > 0 || c.kind != noMessage {
		return nil
	}
	defer fds.Interrupt(ctx, c.file.SetReadDeadline)()
	return fds.Cause(ctx, fds.RawError(c.raw.Read(fds.InputWaits)))
}

// enter takes a side of the connection.
func (c *Connection) enter(ctx context.Context, side chan struct{}, able bool) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !able:
		return ErrOneWay
	}
	select {
	case side <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func leave(side chan struct{}) { <-side }

// The head of a message is its length in four bytes, most significant first, as
// Python has it: −1 there means that eight more bytes follow, with the length. −2 is
// ours: the message, whose length follows in four bytes, is the name of a file that
// travels with it.
const (
	longMessage = math.MaxUint32
	fileMessage = math.MaxUint32 - 1
)

type messageKind uint8

const (
	noMessage messageKind = iota // its head is not complete
	bytesMessage
	filesMessage
)

// appendHead appends the head of a message of n bytes.
func appendHead(dst []byte, n int, file bool) []byte {
	switch {
	case file:
		dst = binary.BigEndian.AppendUint32(dst, fileMessage)
	case n > math.MaxInt32:
		dst = binary.BigEndian.AppendUint32(dst, longMessage)
		return binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(n))
}

// parseHead reads a head. It reports how many bytes it needs if they are too few.
func parseHead(head []byte) (kind messageKind, size uint64, needs int) {
	if len(head) < 4 {
		return 0, 0, 4
	}
	switch n := binary.BigEndian.Uint32(head); {
	case n == longMessage && len(head) < 12:
		return 0, 0, 12
	case n == longMessage:
		return bytesMessage, binary.BigEndian.Uint64(head[4:]), 12
	case n == fileMessage && len(head) < 8:
		return 0, 0, 8
	case n == fileMessage:
		return filesMessage, uint64(binary.BigEndian.Uint32(head[4:])), 8
	default:
		return bytesMessage, uint64(n), 4
	}
}

// midMessage tells an end within a message from one between messages.
func (c *Connection) midMessage(err error) error {
	if err == io.EOF && (len(c.head) > 0 || c.kind != noMessage) {
		return io.ErrUnexpectedEOF
	}
	return err
}
