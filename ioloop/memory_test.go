package ioloop_test

import (
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
)

// heap returns the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Buffers of bytes that waited to be sent are kept for other connections, but not as many as
// a peak has needed.
func TestMemoryOfPeak(t *testing.T) {
	const conns, direction, waits = 100, 64 << 10, 40 << 10
	l, err := ioloop.New()
	if err != nil {
		t.Skip(err)
	}
	done := make(chan error)
	go func() { done <- l.Run(background) }()
	before := heap()
	var ends []net.Conn
	for range conns {
		ends = append(ends, l.Pipe(func(c *ioloop.Conn) *ioloop.Handler {
			c.Write(make([]byte, direction)) // fills the memory between the ends
			for range waits / 1000 {
				c.Write(make([]byte, 1000))
			}
			c.Close()
			return &ioloop.Handler{}
		}))
	}
	_, err = ioloop.Call(t.Context(), l, func() (int, error) { return 0, nil })
	require.NoError(t, err)
	require.Greater(t, heap(), before+conns*(direction+waits))
	for _, c := range ends {
		n, err := io.Copy(io.Discard, c)
		require.NoError(t, err)
		require.Equal(t, int64(direction+waits/1000*1000), n)
		require.NoError(t, c.Close())
	}
	ends = nil
	_, err = ioloop.Call(t.Context(), l, func() (int, error) { return 0, nil })
	require.NoError(t, err)
	require.Less(t, heap(), before+512<<10)
	require.NoError(t, l.Close())
	require.ErrorIs(t, <-done, ioloop.ErrClosed)
}
