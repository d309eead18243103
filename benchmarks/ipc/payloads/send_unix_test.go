//go:build unix

package payloads_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/conn"
)

// BenchmarkSend receives messages that a process sends without end: an operation is
// one message received.
func BenchmarkSend(b *testing.B) {
	for _, size := range sizes {
		b.Run("size="+size.name, func(b *testing.B) {
			for _, s := range senders {
				b.Run("impl="+s.name, func(b *testing.B) { receive(b, s, size.bytes) })
			}
		})
	}
}

// A sender is a way to send messages to another process.
type sender struct {
	name string

	// open returns this process's end, and the one to be handed down.
	open func() (here io.Closer, there *os.File, err error)

	// receiver returns what receives a message at this end, and returns its length.
	receiver func(here io.Closer) func(context.Context) (int, error)

	// send sends messages through the end that was handed down, until that fails.
	send func(ctx context.Context, f *os.File, data []byte) error
}

// senders in the order of the report. What is buffered is handed on when 64 KiB are
// full: a message may lie there for any length of time.
var senders = []sender{
	{"os.Pipe", openPipe, receiveFramed(unbuffered), sendFramed(unbuffered)},
	{"os.Pipe-bufio", openPipe, receiveFramed(buffered), sendFramed(buffered)},
	{"unix", openUnix, receiveFramed(unbuffered), sendFramed(unbuffered)},
	{"unix-bufio", openUnix, receiveFramed(buffered), sendFramed(buffered)},
	{"fanfold-Pipe", func() (io.Closer, *os.File, error) { return opened(conn.Pipe()) }, receiveMessages, sendMessages},
	{"fanfold-OneWayPipe", func() (io.Closer, *os.File, error) { return opened(conn.OneWayPipe()) }, receiveMessages, sendMessages},
}

// A shipment is what a sending process is to do.
type shipment struct {
	Sender, Size int
}

// ship is run by a process of its own.
var ship = ipc.Func("bench.ship", func(ctx context.Context, s shipment) (struct{}, error) {
	err := senders[s.Sender].send(ctx, ipc.InheritedFiles()[0], make([]byte, s.Size))
	return struct{}{}, err
})

func receive(b *testing.B, s sender, size int) {
	here, there, err := s.open()
	if err != nil {
		b.Fatal(err)
	}
	defer here.Close()
	index := 0
	for senders[index].name != s.name {
		index++
	}
	p := ipc.NewProcess(ship, shipment{index, size}, ipc.ProcessOptions{Files: []*os.File{there}})
	if err := p.Start(b.Context()); err != nil {
		b.Skip(err)
	}
	defer p.Kill()
	there.Close()
	next := s.receiver(here)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := next(b.Context()); err != nil || n != size {
			b.Fatalf("received %d bytes and %v", n, err)
		}
	}
}

func openPipe() (io.Closer, *os.File, error) {
	r, w, err := os.Pipe()
	return r, w, err
}

func openUnix() (io.Closer, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	f := os.NewFile(uintptr(fds[0]), "socket")
	defer f.Close()
	here, err := net.FileConn(f)
	return here, os.NewFile(uintptr(fds[1]), "socket"), err
}

// opened makes of two connections the one that is kept, and the file of the other.
func opened(here, there *conn.Connection, err error) (io.Closer, *os.File, error) {
	if err != nil {
		return nil, nil, err
	}
	defer there.Close()
	f, err := there.File()
	return here, f, err
}

func receiveMessages(here io.Closer) func(context.Context) (int, error) {
	c := here.(*conn.Connection)
	return func(ctx context.Context) (int, error) {
		data, err := c.RecvBytes(ctx)
		return len(data), err
	}
}

func sendMessages(ctx context.Context, f *os.File, data []byte) error {
	c, err := conn.FileConnection(f)
	for err == nil {
		err = c.SendBytes(ctx, data)
	}
	return err
}

// How large the buffers of a stream are.
const (
	unbuffered = 0
	buffered   = 64 << 10
)

// receiveFramed receives a length, and then so many bytes, which are the caller's.
func receiveFramed(buffer int) func(io.Closer) func(context.Context) (int, error) {
	return func(here io.Closer) func(context.Context) (int, error) {
		r := here.(io.Reader)
		if buffer > 0 {
			r = bufio.NewReaderSize(r, buffer)
		}
		var head [4]byte
		return func(context.Context) (int, error) {
			if _, err := io.ReadFull(r, head[:]); err != nil {
				return 0, err
			}
			return io.ReadFull(r, make([]byte, binary.BigEndian.Uint32(head[:])))
		}
	}
}

// sendFramed sends a length and the bytes, unbuffered in one write.
func sendFramed(buffer int) func(context.Context, *os.File, []byte) error {
	return func(_ context.Context, f *os.File, data []byte) error {
		message := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...)
		w := io.Writer(f)
		if buffer > 0 {
			w = bufio.NewWriterSize(w, buffer)
		}
		for {
			if _, err := w.Write(message); err != nil {
				return err
			}
		}
	}
}
