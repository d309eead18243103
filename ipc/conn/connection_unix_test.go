//go:build unix

package conn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/internal/behave"
	"github.com/fanfold/fanfold/ipc/internal/fds"
)

// Two ends of a connection; what the first sends the second receives.
type ends struct {
	from, to *Connection
	duplex   bool
}

// connections are the ways to get a connection.
var connections = []behave.Backend[ends]{
	{Name: "Pipe", New: func(t *testing.T) ends {
		a, b, err := Pipe(Options{MaxMessage: 8 << 20})
		return ended(t, ends{a, b, true}, err)
	}},
	{Name: "OneWayPipe", New: func(t *testing.T) ends {
		r, w, err := OneWayPipe(Options{MaxMessage: 8 << 20})
		return ended(t, ends{w, r, false}, err)
	}},
	{Name: "FileConnection", New: func(t *testing.T) ends {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		defer w.Close()
		from, err := FileConnection(w)
		require.NoError(t, err)
		to, err := FileConnection(r, Options{MaxMessage: 8 << 20})
		return ended(t, ends{from, to, false}, err)
	}},
	{Name: "Listener", New: func(t *testing.T) ends {
		o := Options{MaxMessage: 8 << 20, AuthKey: []byte("secret")}
		l, err := Listen("", o)
		require.NoError(t, err)
		defer l.Close()
		var to *Connection
		var accepting sync.WaitGroup
		accepting.Go(func() { to, _ = l.Accept(t.Context()) })
		from, err := Dial(t.Context(), l.Addr(), o)
		accepting.Wait()
		return ended(t, ends{from, to, true}, err)
	}},
}

func ended(t *testing.T, e ends, err error) ends {
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { e.from.Close(); e.to.Close() })
	return e
}

func TestConformanceConnection(t *testing.T) {
	behave.Over(t, connections, []behave.Behaviour[ends]{
		{Name: "_test_multiprocessing/TestConnection/test_connection", Check: messages},
		{Name: "_test_multiprocessing/TestConnection/test_duplex_false", Check: directions},
		{Name: "_test_multiprocessing/TestConnection/test_sendbytes", Check: parts},
		{Name: "_test_multiprocessing/TestConnection/test_spawn_close", Check: closedEnd},
		{Name: "_test_multiprocessing/TestPoll/test_empty_string", Check: emptyMessages},
		{Name: "_test_multiprocessing/TestPoll/test_strings", Check: polling},
		{Name: "_test_multiprocessing/TestPoll/test_boundaries", Check: boundaries},
		{Name: "_test_multiprocessing/TestPoll/test_dont_merge", Check: boundaries},
	})
}

// Messages of all sizes arrive as they were sent, in order.
func messages(t *testing.T, e ends) {
	r := rand.New(rand.NewPCG(1, 1))
	sizes := []int{0, 1, 3, 4, 5, recvBuffer - 5, recvBuffer - 4, recvBuffer, recvBuffer + 1, maxCopied - 4, maxCopied, maxCopied + 1, bodyStep, bodyStep + 1, 3*bodyStep + 5, 8 << 20}
	for range 200 {
		sizes = append(sizes, r.IntN(3000))
	}
	var want [][]byte
	for _, n := range sizes {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		want = append(want, data)
	}
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, data := range want {
			if err := e.from.SendBytes(t.Context(), data); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range want {
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.True(t, bytes.Equal(want[i], got), "message %d of %d bytes", i, len(want[i]))
	}
	sending.Wait()
	if e.duplex {
		require.NoError(t, Send(t.Context(), e.to, map[string][]int{"a": {1}, "b": nil}))
		got, err := Recv[map[string][]int](t.Context(), e.from)
		require.NoError(t, err)
		require.Equal(t, map[string][]int{"a": {1}, "b": nil}, got)
	}
}

func directions(t *testing.T, e ends) {
	if e.duplex {
		require.NoError(t, e.to.SendBytes(t.Context(), nil))
		_, err := e.from.RecvBytes(t.Context())
		require.NoError(t, err)
		return
	}
	_, err := e.from.RecvBytes(t.Context())
	require.ErrorIs(t, err, ErrOneWay)
	require.ErrorIs(t, e.to.SendBytes(t.Context(), nil), ErrOneWay)
	require.ErrorIs(t, e.from.Poll(t.Context()), ErrOneWay)
	err = e.from.SendFile(t.Context(), os.Stdin)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

// What is received is what was sent then, and a message beyond the limit is refused
// by whoever has the limit.
func parts(t *testing.T, e ends) {
	data := []byte("abc")
	require.NoError(t, e.from.SendBytes(t.Context(), data[1:]))
	data[1] = 'x'
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "bc", string(got))

	var large *TooLargeError
	var sending sync.WaitGroup
	sending.Go(func() { err = e.from.SendBytes(t.Context(), make([]byte, 8<<20+1)) })
	ctx := t.Context()
	if e.from.limit == 8<<20 { // nothing comes
		ctx = shortly(t)
	}
	_, err2 := e.to.RecvBytes(ctx)
	if e.from.limit == 8<<20 {
		sending.Wait()
		require.ErrorAs(t, err, &large)
		require.ErrorIs(t, err2, context.DeadlineExceeded)
	} else {
		sending.Wait()
		require.Error(t, err, "the other end closed")
		require.ErrorAs(t, err2, &large)
		_, err = e.to.RecvBytes(t.Context())
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	require.Equal(t, TooLargeError{Func: "Connection", What: "message", Size: 8<<20 + 1, Limit: 8 << 20}, *large)
}

// shortly is a ctx that ends soon: where something must not happen.
func shortly(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// The end of the connection comes after what was sent.
func closedEnd(t *testing.T, e ends) {
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("last")))
	require.NoError(t, e.from.Close())
	require.NoError(t, e.to.Poll(t.Context()))
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "last", string(got))
	require.NoError(t, e.to.Poll(t.Context()))
	_, err = e.to.RecvBytes(t.Context())
	require.Equal(t, io.EOF, err)
	if e.duplex {
		require.Eventually(t, func() bool { return e.to.SendBytes(t.Context(), []byte("x")) != nil }, time.Second, time.Millisecond)
	}

	require.ErrorIs(t, e.from.SendBytes(t.Context(), nil), fs.ErrClosed)
	require.NoError(t, e.from.Close())
	require.NoError(t, e.to.Close())
	_, err = e.to.RecvBytes(t.Context())
	require.ErrorIs(t, err, fs.ErrClosed)
	require.ErrorIs(t, e.to.Poll(t.Context()), fs.ErrClosed)
}

func emptyMessages(t *testing.T, e ends) {
	require.ErrorIs(t, e.to.Poll(shortly(t)), context.DeadlineExceeded)
	for range 3 {
		require.NoError(t, e.from.SendBytes(t.Context(), nil))
	}
	for range 3 {
		require.NoError(t, e.to.Poll(t.Context()))
		require.NoError(t, e.to.Poll(t.Context()))
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Empty(t, got)
	}
	require.ErrorIs(t, e.to.Poll(shortly(t)), context.DeadlineExceeded)
}

func polling(t *testing.T, e ends) {
	for _, text := range []string{"hello", "", "a", "b", "", "bye", "", "lop"} {
		var polled sync.WaitGroup
		polled.Go(func() {
			if err := e.to.Poll(t.Context()); err != nil {
				t.Error(err)
			}
		})
		require.NoError(t, e.from.SendBytes(t.Context(), []byte(text)))
		polled.Wait()
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
}

// Two messages that arrive together stay two.
func boundaries(t *testing.T, e ends) {
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("a")))
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("bc")))
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a", string(got))
	require.NoError(t, e.to.Poll(shortly(t)), "the second is there, if only in a buffer")
	got, err = e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "bc", string(got))
}

func TestConnection(t *testing.T) {
	behave.Over(t, connections, []behave.Behaviour[ends]{
		{Name: "a ctx that is done does nothing", Check: doneOnEntry},
		{Name: "a canceled receive loses nothing", Check: canceledReceive},
		{Name: "a send that is cut off closes", Check: cutOffSend},
		{Name: "a send that has not begun leaves no trace", Check: canceledSend},
		{Name: "close frees who waits", Check: closeFrees},
		{Name: "many senders, many receivers", Check: manyToMany},
		{Name: "what is not the type", Check: wrongType},
		{Name: "an end in the middle", Check: endInTheMiddle},
	})
}

func doneOnEntry(t *testing.T, e ends) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("x")))
	require.Equal(t, cause, e.from.SendBytes(ctx, nil))
	require.Equal(t, cause, e.to.Poll(ctx))
	_, err := e.to.RecvBytes(ctx)
	require.Equal(t, cause, err)
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "x", string(got))
}

// A message that comes byte by byte, to receivers that give up all the time.
func canceledReceive(t *testing.T, e ends) {
	want := strings.Repeat("0123456789", 4000)
	message := append(appendHead(nil, len(want), false), want...)
	var sending sync.WaitGroup
	sending.Go(func() {
		for len(message) > 0 {
			n := min(len(message), 1+len(want)/20)
			if len(message) > len(want) {
				n = 1
			}
			if _, err := e.from.file.Write(message[:n]); err != nil {
				t.Error(err)
			}
			message = message[n:]
			time.Sleep(time.Millisecond)
		}
	})
	canceled, begun := 0, false
	for {
		if e.to.in.kind != noMessage && !begun {
			begun = true
			require.NoError(t, e.to.Poll(shortly(t)), "a part has come")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Microsecond)
		got, err := e.to.RecvBytes(ctx)
		cancel()
		if err == nil {
			require.Equal(t, want, string(got))
			break
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		canceled++
	}
	sending.Wait()
	require.Positive(t, canceled)
	require.True(t, begun)
}

func cutOffSend(t *testing.T, e ends) {
	err := e.from.SendBytes(shortly(t), make([]byte, 8<<20))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "the connection closed")
	_, err = e.to.RecvBytes(t.Context())
	require.Equal(t, io.ErrUnexpectedEOF, err)
	require.ErrorIs(t, e.from.SendBytes(t.Context(), nil), fs.ErrClosed)
}

func canceledSend(t *testing.T, e ends) {
	var full int
	for ; ; full++ { // of messages that fill the pipe exactly, or the last is cut off
		n, err := 0, error(nil)
		_ = e.from.file.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		n, err = e.from.file.Write(appendHead(nil, 0, false))
		if err != nil {
			require.Zero(t, n)
			break
		}
	}
	_ = e.from.file.SetWriteDeadline(time.Time{})
	require.Equal(t, context.DeadlineExceeded, e.from.SendBytes(shortly(t), []byte("never")))
	var receiving sync.WaitGroup
	receiving.Go(func() {
		for range full {
			if got, err := e.to.RecvBytes(t.Context()); err != nil || len(got) > 0 {
				t.Error(err)
				return
			}
		}
	})
	receiving.Wait()
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("next")))
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "next", string(got))
}

func closeFrees(t *testing.T, e ends) {
	var waiting sync.WaitGroup
	var errs [3]error
	waiting.Go(func() { _, errs[0] = e.to.RecvBytes(t.Context()) })
	waiting.Go(func() { errs[1] = e.to.Poll(t.Context()) })
	for range 3 {
		runtime.Gosched()
	}
	require.NoError(t, e.to.Close())
	waiting.Wait()
	require.ErrorIs(t, errs[0], fs.ErrClosed)
	require.ErrorIs(t, errs[1], fs.ErrClosed)
}

func manyToMany(t *testing.T, e ends) {
	const senders, each = 8, 200
	var sending, receiving sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				if err := Send(t.Context(), e.from, [2]int{s, i}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	seen := map[[2]int]int{}
	for range 4 {
		receiving.Go(func() {
			for {
				v, err := Recv[[2]int](t.Context(), e.to)
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[v]++
				mu.Unlock()
			}
		})
	}
	sending.Wait()
	e.from.Close()
	receiving.Wait()
	require.Len(t, seen, senders*each)
}

func wrongType(t *testing.T, e ends) {
	require.NoError(t, Send(t.Context(), e.from, "text"))
	_, err := Recv[[]int](t.Context(), e.to)
	require.ErrorContains(t, err, "conn: Recv: ")
	require.NoError(t, Send(t.Context(), e.from, []int{1}))
	v, err := Recv[[]int](t.Context(), e.to)
	require.NoError(t, err)
	require.Equal(t, []int{1}, v)
	require.PanicsWithValue(t, "conn: Send: chan int: chan int cannot travel", func() { _ = Send(t.Context(), e.from, make(chan int)) })
}

func endInTheMiddle(t *testing.T, e ends) {
	for _, bytes := range [][]byte{{0}, {0, 0, 0, 5}, {0, 0, 0, 5, 'x'}} {
		t.Run(fmt.Sprint(bytes), func(t *testing.T) {
			r, w, err := OneWayPipe()
			require.NoError(t, err)
			defer r.Close()
			_, err = w.file.Write(bytes)
			require.NoError(t, err)
			w.Close()
			_, err = r.RecvBytes(t.Context())
			require.Equal(t, io.ErrUnexpectedEOF, err)
		})
	}
}

func TestConformanceSendFile(t *testing.T) {
	for _, backend := range connections {
		e := backend.New(t)
		if !e.duplex {
			continue
		}
		t.Run(backend.Name, func(t *testing.T) {
			t.Run("_test_multiprocessing/TestConnection/test_fd_transfer", func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "file")
				f, err := os.Create(path)
				require.NoError(t, err)
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("before")))
				require.NoError(t, e.from.SendFile(t.Context(), f))
				require.NoError(t, f.Close())
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("after")))
				got, err := e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				require.Equal(t, "before", string(got))
				received, err := e.to.RecvFile(t.Context())
				require.NoError(t, err)
				require.Equal(t, path, received.Name())
				_, err = received.WriteString("written by the other end")
				require.NoError(t, err)
				require.NoError(t, received.Close())
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, "written by the other end", string(text))
				got, err = e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				require.Equal(t, "after", string(got))
			})
			t.Run("_test_multiprocessing/TestConnection/test_missing_fd_transfer", func(t *testing.T) {
				require.NoError(t, e.from.SendBytes(t.Context(), []byte("no file")))
				_, err := e.to.RecvFile(t.Context())
				require.ErrorIs(t, err, ErrNoFile)
				require.EqualError(t, err, "conn: the message is not a file but has 7 bytes")
			})
			t.Run("a file nobody wants is closed", func(t *testing.T) {
				r, w, err := os.Pipe()
				require.NoError(t, err)
				defer r.Close()
				require.NoError(t, e.from.SendFile(t.Context(), w))
				w.Close()
				_, err = e.to.RecvBytes(t.Context())
				require.NoError(t, err)
				_, err = r.Read(make([]byte, 1))
				require.Equal(t, io.EOF, err, "somebody still holds the pipe")
			})
			t.Run("a connection through a connection", func(t *testing.T) {
				a, b, err := Pipe()
				require.NoError(t, err)
				defer a.Close()
				f, err := b.File()
				require.NoError(t, err)
				b.Close()
				require.NoError(t, e.from.SendFile(t.Context(), f))
				f.Close()
				received, err := e.to.RecvFile(t.Context())
				require.NoError(t, err)
				c, err := FileConnection(received)
				received.Close()
				require.NoError(t, err)
				defer c.Close()
				require.NoError(t, Send(t.Context(), c, 42))
				n, err := Recv[int](t.Context(), a)
				require.NoError(t, err)
				require.Equal(t, 42, n)
			})
			t.Run("a file that came is not inherited, and closed with the connection", func(t *testing.T) {
				e := backend.New(t)
				r, w, err := os.Pipe()
				require.NoError(t, err)
				defer r.Close()
				require.NoError(t, e.from.SendBytes(t.Context(), nil))
				require.NoError(t, e.from.SendFile(t.Context(), w))
				w.Close()
				_, err = e.to.RecvBytes(t.Context()) // reads the file's message, too
				require.NoError(t, err)
				for _, fd := range e.to.in.files {
					flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
					require.NoError(t, err)
					require.NotZero(t, flags&unix.FD_CLOEXEC)
				}
				require.NoError(t, e.to.Close())
				e.from.Close()
				_, err = r.Read(make([]byte, 1))
				require.Equal(t, io.EOF, err, "somebody still holds the pipe")
			})
			t.Run("closed", func(t *testing.T) {
				f, err := os.Open(os.DevNull)
				require.NoError(t, err)
				f.Close()
				require.ErrorIs(t, e.from.SendFile(t.Context(), f), fs.ErrClosed)
			})
		})
	}
}

func TestClosedGivesNothing(t *testing.T) {
	e := connections[0].New(t)
	for range 3 {
		require.NoError(t, e.from.SendBytes(t.Context(), []byte("message")))
	}
	_, err := e.to.RecvBytes(t.Context()) // and the others have come along
	require.NoError(t, err)
	require.NoError(t, e.to.Close())
	require.ErrorIs(t, e.to.Poll(t.Context()), fs.ErrClosed)
	_, err = e.to.RecvBytes(t.Context())
	require.ErrorIs(t, err, fs.ErrClosed)
}

// One end announces what it does not send, or sends what it does not announce.
func TestHostileFiles(t *testing.T) {
	t.Run("announced", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write(appendHead(nil, 0, true))
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorContains(t, err, "announced and has not come")
	})
	t.Run("not announced", func(t *testing.T) {
		e := connections[0].New(t)
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer r.Close()
		fd := int(w.Fd())
		for range fds.MaxArrivals {
			require.NoError(t, syscall.Sendmsg(rawFd(t, e.from), []byte{0, 0, 0, 0}, syscall.UnixRights(fd), nil, 0))
			_, err = e.to.RecvBytes(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, syscall.Sendmsg(rawFd(t, e.from), []byte{0, 0, 0, 0}, syscall.UnixRights(fd), nil, 0))
		w.Close()
		_, err = e.to.RecvBytes(t.Context())
		require.ErrorIs(t, err, fds.ErrTooMany)
		_, err = r.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err, "somebody still holds the pipe")
	})
	t.Run("lost", func(t *testing.T) {
		// There is no descriptor left for the first file when the beginning of its
		// message comes. The second is not mistaken for it.
		e := connections[0].New(t)
		file, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer file.Close()
		first := make([]byte, recvBuffer-10-4)
		require.NoError(t, e.from.SendBytes(t.Context(), first))
		require.NoError(t, e.from.SendFile(t.Context(), file))
		require.NoError(t, e.from.SendFile(t.Context(), file))
		refill := starve(t)
		got, err := e.to.RecvBytes(t.Context())
		refill()
		require.NoError(t, err)
		require.Equal(t, first, got)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorContains(t, err, "announced and has not come")
	})
	t.Run("long name", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write([]byte{0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0})
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorAs(t, err, new(*TooLargeError))
	})
	t.Run("long message", func(t *testing.T) {
		e := connections[0].New(t)
		_, err := e.from.file.Write([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		require.NoError(t, err)
		_, err = e.to.RecvFile(t.Context())
		require.ErrorAs(t, err, new(*TooLargeError))
	})
}

// starve lets this process open no descriptor until the function is called.
func starve(t *testing.T) (refill func()) {
	t.Helper()
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	none := limit
	none.Cur = 0
	require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &none))
	return func() { require.NoError(t, syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }
}

func rawFd(t *testing.T, c *Connection) (n int) {
	require.NoError(t, c.raw.Control(func(fd uintptr) { n = int(fd) }))
	return n
}

func TestFileConnectionOfFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer f.Close()
	_, err = FileConnection(f)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.ErrorContains(t, err, f.Name())
}

// What has been read with the message before needs no waiting, and no interrupting it.
func TestRecvOfWhatIsThere(t *testing.T) {
	a, b, err := Pipe()
	require.NoError(t, err)
	defer a.Close()
	defer b.Close()
	const messages = 50
	for range messages {
		require.NoError(t, a.SendBytes(t.Context(), []byte("message")))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := testing.AllocsPerRun(messages-2, func() { // and once to warm up: all but one
		if data, err := b.RecvBytes(ctx); err != nil || string(data) != "message" {
			t.Errorf("received %q, %v", data, err)
		}
	})
	require.LessOrEqual(t, got, 1.0, "the message")
}

func TestOptions(t *testing.T) {
	require.PanicsWithValue(t, "conn: Pipe: MaxMessage is -1 and AuthTimeout 0s, want 0 (the default) or more",
		func() { Pipe(Options{MaxMessage: -1}) })
	require.PanicsWithValue(t, "conn: Pipe with 2 conn.Options arguments, want at most one",
		func() { Pipe(Options{}, Options{}) })
}

// A head is read as it was written, and asks for more only until it is there.
func FuzzHead(f *testing.F) {
	f.Add([]byte{0, 0, 0, 5})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, size, needs := parseHead(data)
		switch {
		case needs < 4 || needs > 12:
			t.Fatalf("needs %d", needs)
		case kind == noMessage:
			if needs <= len(data) {
				t.Fatalf("needs %d of %d", needs, len(data))
			}
		case size <= 1<<40 && int(size) >= 0:
			again := appendHead(nil, int(size), kind == filesMessage)
			k, s, n := parseHead(again)
			if k != kind || s != size || n != len(again) {
				t.Fatalf("%v, %d became %v, %d", kind, size, k, s)
			}
		}
	})
}
