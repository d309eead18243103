package netx_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
)

// serveUDP runs a server until the test ends.
func serveUDP(t *testing.T, handle func(context.Context, netx.Packet) ([]byte, error), o netx.UDPOptions) *running {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	r := &running{conn.LocalAddr(), stop, make(chan error, 1), &errorList{}}
	o.OnError = r.errs.add
	go func() { r.done <- netx.ServeUDP(ctx, conn, handle, o) }()
	t.Cleanup(func() { stop(); <-r.done })
	return r
}

// askUDP sends a packet and returns the answer.
func askUDP(t *testing.T, c net.Conn, msg string) string {
	t.Helper()
	_, err := c.Write([]byte(msg))
	require.NoError(t, err)
	buf := make([]byte, 70_000)
	n, err := c.Read(buf)
	require.NoError(t, err)
	return string(buf[:n])
}

func TestServeUDP(t *testing.T) {
	r := serveUDP(t, func(_ context.Context, p netx.Packet) ([]byte, error) {
		switch string(p.Data) {
		case "error":
			return nil, errTest
		case "panic":
			panic("oh")
		case "goexit":
			runtime.Goexit()
		case "nothing":
			return nil, nil
		}
		return append([]byte(p.From.String()+" "), p.Data...), nil
	}, netx.UDPOptions{Workers: 2, MaxSize: 2000})
	c := r.dial(t)
	me := c.LocalAddr().String()
	assert.Equal(t, me+" hello", askUDP(t, c, "hello"))
	assert.Equal(t, me+" ", askUDP(t, c, ""), "an empty packet is one")
	for _, msg := range []string{"nothing", "error", "panic", "goexit", "goexit", "goexit", string(make([]byte, 2001))} {
		_, err := c.Write([]byte(msg))
		require.NoError(t, err)
	}
	assert.Equal(t, me+" still there", askUDP(t, c, "still there"))
	assert.Equal(t, me+" "+string(make([]byte, 2000)), askUDP(t, c, string(make([]byte, 2000))))
	assert.NoError(t, r.end())
	texts := map[string]int{}
	for _, err := range r.errs.all() {
		switch e := err.(type) {
		case *netx.PanicError:
			assert.Equal(t, "oh", e.Value)
			texts["panic"]++
		case *netx.TooLargeError:
			assert.Equal(t, &netx.TooLargeError{Size: 2001, Limit: 2000}, e)
			texts["large"]++
		default:
			texts[err.Error()]++
		}
	}
	assert.Equal(t, map[string]int{"panic": 1, "large": 1, "test": 1, "function called runtime.Goexit": 3}, texts)
}

func TestServeUDPDrops(t *testing.T) {
	release := make(chan struct{})
	dropped := make(chan netip.AddrPort, 100)
	r := serveUDP(t, func(_ context.Context, p netx.Packet) ([]byte, error) {
		<-release
		return p.Data, nil
	}, netx.UDPOptions{Workers: 1, Queue: 3, OnDrop: func(from netip.AddrPort) { dropped <- from }})
	c := r.dial(t)
	const sent = 20
	for range sent {
		_, err := c.Write([]byte("x"))
		require.NoError(t, err)
		time.Sleep(time.Millisecond) // the system's own queue drops, too
	}
	eventually(t, "the others are dropped", func() bool { return len(dropped) >= sent-4 })
	assert.Len(t, dropped, sent-4)
	assert.Equal(t, c.LocalAddr().String(), (<-dropped).String())
	r.stop()
	close(release)
	assert.NoError(t, r.end())
	for range 4 {
		_, err := c.Read(make([]byte, 1))
		require.NoError(t, err, "what was in the queue is answered")
	}
}

func TestServeUDPCut(t *testing.T) {
	begun := make(chan error, 10)
	r := serveUDP(t, func(ctx context.Context, p netx.Packet) ([]byte, error) {
		begun <- nil
		<-netx.Draining(ctx).Done()
		<-ctx.Done()
		begun <- context.Cause(ctx)
		return nil, ctx.Err()
	}, netx.UDPOptions{Workers: 1, Grace: 20 * time.Millisecond})
	c := r.dial(t)
	for range 3 {
		_, err := c.Write([]byte("x"))
		require.NoError(t, err)
	}
	<-begun
	time.Sleep(10 * time.Millisecond)
	err := r.end()
	var cut *netx.CutError
	require.ErrorAs(t, err, &cut)
	assert.Equal(t, 3, cut.Conns)
	assert.Equal(t, netx.ErrClosed, <-begun)
	assert.Empty(t, r.errs.all())
}

func TestServeUDPEnds(t *testing.T) {
	listen := func() *net.UDPConn {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		return conn
	}
	none := func(context.Context, netx.Packet) ([]byte, error) { return nil, nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	conn := listen()
	assert.NoError(t, netx.ServeUDP(ctx, conn, none))
	assert.ErrorIs(t, conn.Close(), net.ErrClosed)

	conn = listen()
	time.AfterFunc(10*time.Millisecond, func() { conn.Close() })
	assert.ErrorIs(t, netx.ServeUDP(t.Context(), conn, none), net.ErrClosed)

	conn = listen()
	defer conn.Close()
	assert.PanicsWithValue(t, "netx: ServeUDP with a nil function", func() { netx.ServeUDP(ctx, conn, nil) })
	assert.PanicsWithValue(t, "netx: ServeUDP with Workers -1, Queue 0, MaxSize 0", func() {
		netx.ServeUDP(ctx, conn, none, netx.UDPOptions{Workers: -1})
	})
}

// A socket that is connected has one peer, whose absence the system tells.
func TestServeUDPConnected(t *testing.T) {
	peer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	conn, err := net.DialUDP("udp", nil, peer.LocalAddr().(*net.UDPAddr))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var errs errorList
	go func() {
		done <- netx.ServeUDP(ctx, conn, func(_ context.Context, p netx.Packet) ([]byte, error) {
			return bytes.ToUpper(p.Data), nil
		}, netx.UDPOptions{OnError: errs.add})
	}()
	_, err = peer.WriteTo([]byte("hello"), conn.LocalAddr())
	require.NoError(t, err)
	buf := make([]byte, 10)
	n, _, err := peer.ReadFrom(buf)
	require.NoError(t, err)
	assert.Equal(t, "HELLO", string(buf[:n]))
	peer.Close()
	stop()
	assert.NoError(t, <-done)
}
