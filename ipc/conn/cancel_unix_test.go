//go:build unix

package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/behave"
)

func TestConnection(t *testing.T) {
	behave.Over(t, connections, []behave.Behaviour[ends]{
		{Name: "a ctx that is done does nothing", Check: doneOnEntry},
		{Name: "a canceled receive loses nothing", Check: canceledReceive},
		{Name: "a send that is cut off closes", Check: cutOffSend},
		{Name: "a send that has not begun leaves no trace", Check: canceledSend},
		{Name: "close ends what waits", Check: closeFrees},
		{Name: "many senders, many receivers", Check: manyToMany},
		{Name: "what is not the type", Check: wrongType},
		{Name: "an end in the middle", Check: endInTheMiddle},
	})
}

// Nothing is sent, and nothing taken.
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
	for begun := false; ; {
		n := min(len(message), 1+len(want)/20)
		if len(message) > len(want) {
			n = 1
		}
		_, err := e.from.file.Write(message[:n])
		require.NoError(t, err)
		if message = message[n:]; len(message) == 0 {
			break
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err = e.to.RecvBytes(ctx)
		cancel()
		require.Equal(t, context.DeadlineExceeded, err)
		if e.to.in.kind != noMessage && !begun {
			begun = true
			require.NoError(t, e.to.Poll(t.Context())) // a part has come
		}
	}
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

// A message that is larger than what the system buffers, with no goroutine that receives.
func cutOffSend(t *testing.T, e ends) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	sent := make(chan error, 1)
	go func() { sent <- e.from.SendBytes(ctx, make([]byte, 8<<20)) }()
	require.NoError(t, e.to.Poll(t.Context()))
	cancel(cause)
	err := <-sent
	require.ErrorIs(t, err, cause)
	require.ErrorContains(t, err, "the connection closed")
	_, err = e.to.RecvBytes(t.Context())
	require.Equal(t, io.ErrUnexpectedEOF, err)
	require.ErrorIs(t, e.from.SendBytes(t.Context(), nil), ErrClosed)
}

func canceledSend(t *testing.T, e ends) {
	full := 0 // of messages that fill the pipe exactly, or the last is cut off
	err := e.from.raw.Write(func(fd uintptr) (done bool) {
		var err error
		for err == nil {
			if _, err = syscall.Write(int(fd), appendHead(nil, 0, false)); err == nil {
				full++
			}
		}
		return true
	})
	require.NoError(t, err)
	require.Equal(t, context.DeadlineExceeded, e.from.SendBytes(shortly(t), []byte("never")))
	for range full {
		got, err := e.to.RecvBytes(t.Context())
		require.NoError(t, err)
		require.Empty(t, got)
	}
	require.NoError(t, e.from.SendBytes(t.Context(), []byte("next")))
	got, err := e.to.RecvBytes(t.Context())
	require.NoError(t, err)
	require.Equal(t, "next", string(got))
}

// Goroutines that wait get an error when another one closes the connection.
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
	require.ErrorIs(t, errs[0], ErrClosed)
	require.ErrorIs(t, errs[1], ErrClosed)
}

// Each message goes to one of the receivers.
func manyToMany(t *testing.T, e ends) {
	const senders, each = 8, 200
	var sending, receiving sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				assert.NoError(t, Send(t.Context(), e.from, [2]int{s, i}))
			}
		})
	}
	var mu sync.Mutex
	seen := map[[2]int]int{}
	for range 4 {
		receiving.Go(func() {
			for {
				v, err := Recv[[2]int](t.Context(), e.to)
				if err == io.EOF || !assert.NoError(t, err) {
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

// A connection that ends within a message.
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
