//go:build unix

package conn

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// received returns a connection over the reading end of a pipe, and the other end.
func received(t testing.TB, o Options) (*Connection, *os.File) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	c, err := FileConnection(r, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		w.Close()
	})
	return c, w
}

// A body that is announced with a length that no memory holds takes what has come of it,
// and no more than twice that.
func TestMemoryGrowsWithWhatComes(t *testing.T) {
	c, w := received(t, Options{MaxMessage: 1 << 41})
	come := make([]byte, 2<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := w.Write(appendHead(nil, 1<<40, false))
	require.NoError(t, err)
	got := make(chan error, 1)
	go func() {
		_, err := c.RecvBytes(t.Context())
		got <- err
	}()
	_, err = w.Write(come)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Equal(t, io.ErrUnexpectedEOF, <-got)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2*len(come)))
}

// A receive that is canceled in the middle of a long body leaves what has come to the
// next one, which another goroutine may call.
func TestCanceledInTheMiddleOfALongBody(t *testing.T) {
	c, w := received(t, Options{})
	want := bytes.Repeat([]byte("0123456789abcdef"), 64<<10)
	message := append(appendHead(nil, len(want), false), want...)
	for len(message) > pieceSize {
		// The pipe holds less than two parts: receives that are canceled before they have
		// read anything would leave no room for the next one.
		part := make(chan error, 1)
		go func() {
			_, err := w.Write(message[:50_000])
			part <- err
		}()
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_, err := c.RecvBytes(ctx)
			cancel()
			require.Equal(t, context.DeadlineExceeded, err)
			if len(part) > 0 {
				break
			}
		}
		require.NoError(t, <-part)
		message = message[50_000:]
	}
	written := make(chan error, 1)
	go func() {
		_, err := w.Write(message)
		written <- err
	}()
	got, err := c.RecvBytes(t.Context())
	require.NoError(t, err)
	require.NoError(t, <-written)
	require.True(t, bytes.Equal(want, got))
}

// A message is the caller's: what comes later is not written into it.
func TestMessagesAreNotUsedAgain(t *testing.T) {
	c, w := received(t, Options{})
	var messages [][]byte
	for i := range 40 {
		sent := bytes.Repeat([]byte{byte(i)}, 1+i*i*120)
		go func() { _, _ = w.Write(append(appendHead(nil, len(sent), false), sent...)) }()
		got, err := c.RecvBytes(t.Context())
		require.NoError(t, err)
		messages = append(messages, got)
	}
	for i, m := range messages {
		require.Equal(t, 1+i*i*120, len(m))
		require.Equal(t, len(m), bytes.Count(m, []byte{byte(i)}))
	}
}

// FuzzInbound has any bytes come in any parts: what is received is what a plain reader
// makes of them.
func FuzzInbound(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02hi\x00\x00\x00\x00"), uint16(3))
	f.Add([]byte("\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x01x\x00\x00"), uint16(1))
	f.Add(append([]byte{0, 1, 0x20, 0}, make([]byte, 73<<10)...), uint16(5000))
	f.Add([]byte("\xff\xff\xff\xfe\x00\x00\x00\x01a"), uint16(9))
	f.Fuzz(func(t *testing.T, stream []byte, part uint16) {
		const limit = 1 << 20
		c, w := received(t, Options{MaxMessage: limit})
		go func() {
			defer w.Close()
			for rest := stream; len(rest) > 0; {
				n, err := w.Write(rest[:min(len(rest), 1+int(part))])
				if err != nil {
					return
				}
				rest = rest[n:]
			}
		}()
		for rest := stream; ; {
			want, after, whole := plain(rest, limit)
			got, err := c.RecvBytes(t.Context())
			if !whole {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
			rest = after
		}
	})
}

// plain takes the first message of bytes off a stream; whole is false if there is none
// within the limit.
func plain(stream []byte, limit uint64) (message, rest []byte, whole bool) {
	if len(stream) < 4 {
		return nil, nil, false
	}
	size, rest := uint64(binary.BigEndian.Uint32(stream)), stream[4:]
	switch {
	case size == fileMessage:
		return nil, nil, false
	case size == longMessage && len(rest) < 8:
		return nil, nil, false
	case size == longMessage:
		size, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	if size > limit || size > uint64(len(rest)) {
		return nil, nil, false
	}
	return rest[:size], rest[size:], true
}
