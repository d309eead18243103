//go:build unix

package conn

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
)

func TestConformanceConnection(t *testing.T) {
	behave.Over(t, connections, []behave.Behaviour[ends]{
		{Name: "_test_multiprocessing/TestConnection/test_connection", Check: messages},
		{Name: "_test_multiprocessing/TestConnection/test_duplex_false", Check: directions},
		{Name: "_test_multiprocessing/TestConnection/test_sendbytes", Check: parts},
		{Name: "the end", Check: closedEnd},
		{Name: "_test_multiprocessing/TestPoll/test_empty_string", Check: emptyMessages},
		{Name: "_test_multiprocessing/TestPoll/test_strings", Check: polling},
		{Name: "_test_multiprocessing/TestPoll/test_boundaries", Check: pollTakesNothing},
		{Name: "_test_multiprocessing/TestPoll/test_dont_merge", Check: boundaries},
	})
}

// Messages of all sizes arrive as they were sent, in order, and Poll says when.
func messages(t *testing.T, e ends) {
	r := rand.New(rand.NewPCG(1, 1))
	sizes := []int{0, 1, 3, 4, 5, readAhead - 5, readAhead - 4, readAhead, readAhead + 1, pieceSize - 4, pieceSize, pieceSize + 1, 2*pieceSize - 4, 2*pieceSize - 1, 2 * pieceSize, 2*pieceSize + 1, 5*pieceSize + 5, 1 << 20, 8 << 20}
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
			if !assert.NoError(t, e.from.SendBytes(t.Context(), data)) {
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
	require.ErrorIs(t, e.to.Poll(within(t, 5*time.Millisecond)), context.DeadlineExceeded)
	require.NoError(t, Send(t.Context(), e.from, []any{1, 2.25, nil}))
	require.NoError(t, e.to.Poll(t.Context()))
	seq, err := Recv[[]any](t.Context(), e.to)
	require.NoError(t, err)
	require.Equal(t, []any{1, 2.25, nil}, seq)
	if e.duplex {
		require.NoError(t, Send(t.Context(), e.to, map[string][]int{"a": {1}, "b": nil}))
		got, err := Recv[map[string][]int](t.Context(), e.from)
		require.NoError(t, err)
		require.Equal(t, map[string][]int{"a": {1}, "b": nil}, got)
	}
	require.NoError(t, e.from.Close())
	_, err = Recv[int](t.Context(), e.to)
	require.ErrorIs(t, err, io.EOF)
	_, err = e.to.RecvBytes(t.Context())
	require.ErrorIs(t, err, io.EOF)
}

// A connection that is one-way says so.
func directions(t *testing.T, e ends) {
	require.NoError(t, Send(t.Context(), e.from, 1))
	n, err := Recv[int](t.Context(), e.to)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	if e.duplex {
		require.NoError(t, e.to.SendBytes(t.Context(), nil))
		_, err := e.from.RecvBytes(t.Context())
		require.NoError(t, err)
		return
	}
	_, err = Recv[int](t.Context(), e.from)
	require.ErrorIs(t, err, ErrOneWay)
	require.ErrorIs(t, Send(t.Context(), e.to, 2), ErrOneWay)
	_, err = e.from.RecvBytes(t.Context())
	require.ErrorIs(t, err, ErrOneWay)
	require.ErrorIs(t, e.to.SendBytes(t.Context(), nil), ErrOneWay)
	require.ErrorIs(t, e.from.Poll(t.Context()), ErrOneWay)
	err = e.from.SendFile(t.Context(), os.Stdin)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

// What is received is what was sent then. The end that has a limit refuses a message
// beyond it.
func parts(t *testing.T, e ends) {
	data := []byte("abcdefghijklmnopqrstuvwxyz")
	for _, part := range [][]byte{data, data[5:], data[7 : 7+8], data[26:]} {
		want := string(part)
		require.NoError(t, e.from.SendBytes(t.Context(), part))
		clear(part)
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		copy(part, want)
	}

	var err error
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
		require.ErrorIs(t, err, ErrClosed)
	}
	require.EqualError(t, large, "conn: the message has 8388609 bytes, the limit is 8388608")
	require.Equal(t, TooLargeError{Func: "Connection", What: "message", Size: 8<<20 + 1, Limit: 8 << 20}, *large)
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
		require.ErrorIs(t, e.to.SendBytes(t.Context(), []byte("x")), syscall.EPIPE)
	}

	err = e.from.SendBytes(t.Context(), nil)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.EqualError(t, err, "conn: closed")
	require.NoError(t, e.from.Close(), "again")
	require.NoError(t, e.to.Close())
	_, err = e.to.RecvBytes(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, e.to.Poll(t.Context()), ErrClosed)
	_, err = e.to.File()
	require.ErrorIs(t, err, ErrClosed)
}

// An empty message is one.
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

// Poll sees each message, also an empty one.
func polling(t *testing.T, e ends) {
	for _, text := range []string{"hello", "", "a", "b", "", "bye", "", "lop"} {
		polled := make(chan error, 1)
		go func() { polled <- e.to.Poll(t.Context()) }()
		require.NoError(t, e.from.SendBytes(t.Context(), []byte(text)))
		require.NoError(t, <-polled)
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
}

// Messages that arrive together stay apart.
func boundaries(t *testing.T, e ends) {
	require.ErrorIs(t, e.to.Poll(within(t, 5*time.Millisecond)), context.DeadlineExceeded)
	for _, text := range []string{"a", "b", "cd"} {
		require.NoError(t, e.from.SendBytes(t.Context(), []byte(text)))
	}
	for _, want := range []string{"a", "b", "cd"} {
		for range 2 {
			require.NoError(t, e.to.Poll(t.Context())) // it is there, if only in a buffer
		}
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

// Poll takes nothing from a connection that another process may receive from.
func pollTakesNothing(t *testing.T, e ends) {
	f, err := e.to.File()
	require.NoError(t, err)
	theirs, err := FileConnection(f)
	f.Close()
	require.NoError(t, err)
	defer theirs.Close()
	polled := make(chan error, 1)
	go func() { polled <- theirs.Poll(t.Context()) }()
	for _, text := range []string{"first", "second"} {
		require.NoError(t, e.from.SendBytes(t.Context(), []byte(text)))
	}
	require.NoError(t, e.from.Close())
	require.NoError(t, <-polled)
	for _, want := range []string{"first", "second"} {
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

// What was received before Close and not taken is gone.
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
	received := 0
	got := testing.AllocsPerRun(messages-2, func() { // and once to warm up: all but one
		if data, err := b.RecvBytes(ctx); err == nil && string(data) == "message" {
			received++
		}
	})
	require.Equal(t, messages-1, received)
	require.LessOrEqual(t, got, 1.0, "the message")
}
