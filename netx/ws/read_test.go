package ws

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/netx"
)

var errTest = errors.New("test")

// ended returns a context that has ended with errTest.
func ended() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errTest)
	return ctx
}

// A context that has ended takes nothing, whichever call it is given to.
func TestEndedContext(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	require.NoError(t, client.Write(t.Context(), Text, []byte("x")))
	_, err := server.Read(ended())
	assert.Equal(t, errTest, err)
	_, _, err = server.Reader(ended())
	assert.Equal(t, errTest, err)
	assert.Equal(t, errTest, server.Write(ended(), Text, nil))
	assert.Equal(t, errTest, server.Ping(ended()))
	_, err = server.Writer(ended(), Text)
	assert.Equal(t, errTest, err)
	_, err = ReadJSON[int](ended(), server)
	assert.Equal(t, errTest, err)
	for msg, err := range server.All(ended()) {
		assert.Equal(t, errTest, err)
		assert.Zero(t, msg)
	}
	_, err = Dial(ended(), "ws://127.0.0.1:1")
	assert.Equal(t, errTest, err)
	msg, err := server.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "x", string(msg.Data))
}

// Reads that are canceled all the time, on a socket, while messages come in pieces.
func TestCanceledReads(t *testing.T) {
	for _, bits := range []int{0, 15} {
		conn, theirs := sockets(t)
		o := Options{}.filled("test")
		c := newConn(theirs, false, &o, bits, nil)
		defer c.CloseNow()
		n := effort.Times(300, 50, 3000)
		random := rand.New(rand.NewPCG(1, 2))
		var want []string
		var stream []byte
		for i := range n {
			text := strings.Repeat(string(rune('a'+i%26)), random.IntN(200)*random.IntN(200))
			want = append(want, text)
			f := raw{first: text1, payload: text}
			if bits > 0 && i%2 == 0 {
				f = raw{first: zipped1, payload: zipped(text)}
			}
			stream = f.append(stream, true)
		}
		var writing sync.WaitGroup
		writing.Go(func() {
			for len(stream) > 0 {
				k := min(len(stream), 1+random.IntN(10000))
				if _, err := conn.Write(stream[:k]); err != nil {
					t.Error(err)
					return
				}
				stream = stream[k:]
				runtime.Gosched()
			}
		})
		for i := 0; i < n; {
			ctx, cancel := context.WithCancelCause(t.Context())
			go cancel(errTest)
			msg, err := c.Read(ctx)
			if err == nil {
				require.True(t, want[i] == string(msg.Data), "message %d", i)
				i++
				continue
			}
			require.Equal(t, errTest, err)
		}
		writing.Wait()
	}
}

// What a header announces is not allocated before it comes.
func TestLengthIsNotBelieved(t *testing.T) {
	for _, client := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, peer := ends(client, 0, Options{MaxMessage: 1 << 30})
			go func() {
				peer.Write(raw{first: bin1, payload: strings.Repeat("x", 100_000), length: 1 << 30}.append(nil, !client))
				peer.Close()
			}()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Read(t.Context())
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		})
	}
}

// Memory is at most four times what has come.
func TestGrow(t *testing.T) {
	for class := range larges { // what other tests have left
		for larges[class].Get() != nil {
		}
	}
	var b []byte
	for len(b) < 20<<20 {
		if len(b) == cap(b) {
			grown := grow(b, math.MaxInt)
			require.True(t, string(grown) == string(b))
			require.Greater(t, cap(grown), len(b))
			require.LessOrEqual(t, cap(grown), max(4*len(b), bufferSize))
			b = grown
		}
		b = append(b, byte(len(b)))
		b = b[:min(cap(b), len(b)+1000)]
	}
	for class := range classes {
		assert.Equal(t, class, classOf(classSize(class)))
		assert.Equal(t, class+1, classOf(classSize(class)+1))
	}
	assert.Equal(t, 0, classOf(0))
	recycle(nil)
	recycle(make([]byte, 10))
}

// A connection that waits holds no buffer: neither a socket, nor any other.
func TestIdleHoldsNoBuffer(t *testing.T) {
	for name, make := range map[string]func() (*Conn, net.Conn){
		"socket": func() (*Conn, net.Conn) {
			conn, theirs := sockets(t)
			o := Options{}.filled("test")
			return newConn(theirs, false, &o, 0, nil), conn
		},
		"pipe": func() (*Conn, net.Conn) { return ends(false, 0, Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			c, peer := make()
			defer c.CloseNow()
			for _, size := range []int{1, 1000, 100_000} {
				go peer.Write(raw{first: bin1, payload: strings.Repeat("x", size)}.append(nil, true))
				_, err := c.Read(t.Context())
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				_, err = c.Read(ctx)
				cancel()
				require.Equal(t, context.DeadlineExceeded, err)
				c.reading.Lock()
				assert.Nil(t, c.in.buf)
				assert.Nil(t, c.in.msg)
				c.reading.Unlock()
			}
		})
	}
}

// A server that shuts down gets the messages that have come, and the rest of one that has
// begun; then Read returns.
func TestDrainingRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down, shutDown := context.WithCancel(t.Context())
		ctx := netx.Draining(netx.WithDraining(t.Context(), down))
		c, peer := ends(false, 0, Options{})
		defer c.CloseNow()
		stream := encoded([]raw{{first: text1, payload: "a"}, {first: ping1}, {first: text1, payload: "b"}, {first: text0, payload: "c"}, {first: cont1, payload: "d"}}, true)
		go frames(peer, false)
		go func() {
			peer.Write(stream[:len(stream)-1])
			synctest.Wait()
			shutDown()
			synctest.Wait()
			time.Sleep(time.Second)
			peer.Write(stream[len(stream)-1:])
		}()
		for _, want := range []string{"a", "b", "cd"} {
			msg, err := c.Read(ctx)
			require.NoError(t, err)
			require.Equal(t, want, string(msg.Data))
		}
		_, err := c.Read(ctx)
		require.Equal(t, netx.ErrDraining, err)
		_, err = c.Read(ctx)
		require.Equal(t, netx.ErrDraining, err)
	})
	synctest.Test(t, func(t *testing.T) { // one that waits returns at once
		down, shutDown := context.WithCancel(t.Context())
		ctx := netx.Draining(netx.WithDraining(t.Context(), down))
		c, _ := ends(true, 0, Options{})
		defer c.CloseNow()
		go func() { time.Sleep(time.Second); shutDown() }()
		_, err := c.Read(ctx)
		require.Equal(t, netx.ErrDraining, err)
		go func() { time.Sleep(time.Second); c.CloseNow() }()
		_, err = c.Read(t.Context())
		require.ErrorIs(t, err, ErrClosed)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

// A client that sends without a pause does not keep a server from its end.
func TestDrainingUnderLoad(t *testing.T) {
	for _, stream := range [][]raw{
		{{first: text1, payload: "short"}},
		{{first: text0, payload: "in"}, {first: cont0, payload: "several"}, {first: cont1, payload: "frames"}},
		{{first: bin1, payload: strings.Repeat("x", 3*bufferSize)}},
	} {
		synctest.Test(t, func(t *testing.T) {
			down, shutDown := context.WithCancel(t.Context())
			defer shutDown()
			ctx := netx.Draining(netx.WithDraining(t.Context(), down))
			c, peer := ends(false, 0, Options{})
			one := encoded(stream, true)
			var sending sync.WaitGroup
			defer sending.Wait()
			defer c.CloseNow()
			sending.Go(func() {
				_, err := peer.Write(one[:3])
				for err == nil { // the last bytes of a message, and the first ones of the next
					_, err = peer.Write(append(one[3:len(one):len(one)], one[:3]...))
				}
			})
			for i := 0; ; i++ {
				_, err := c.Read(ctx)
				if err != nil {
					require.Equal(t, netx.ErrDraining, err)
					require.LessOrEqual(t, i, 11, "the one that has begun is the last one")
					break
				}
				if i == 9 {
					shutDown()
					synctest.Wait()
				}
			}
		})
	}
}

// How a connection ends without a closing handshake.
func TestLost(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*net.TCPConn)
		want error
	}{
		"the end":              {func(c *net.TCPConn) { c.Close() }, io.ErrUnexpectedEOF},
		"the end in a frame":   {func(c *net.TCPConn) { c.Write([]byte("\x81\x85")); c.Close() }, io.ErrUnexpectedEOF},
		"the end in a message": {func(c *net.TCPConn) { c.Write([]byte("\x01\x81\x00\x00\x00\x00a")); c.Close() }, io.ErrUnexpectedEOF},
		"reset":                {func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			conn, theirs := sockets(t)
			o := Options{}.filled("test")
			server := newConn(theirs, false, &o, 0, nil)
			defer server.CloseNow()
			c.end(conn.(*net.TCPConn))
			_, err := server.Read(t.Context())
			require.ErrorIs(t, err, c.want)
			_, again := server.Read(t.Context())
			require.Equal(t, err, again)
			if c.want == io.ErrUnexpectedEOF {
				e, ok := errors.AsType[*CloseError](err)
				require.True(t, ok)
				require.Equal(t, &CloseError{Code: Abnormal, Remote: true}, e)
			}
			assert.True(t, server.ended.Load())
		})
	}
}

// Messages and the close frame that have come are read after a write has failed.
func TestReadAfterFailedWrite(t *testing.T) {
	conn, theirs := sockets(t)
	o := Options{}.filled("test")
	c := newConn(theirs, false, &o, 0, nil)
	defer c.CloseNow()
	conn.Write(encoded([]raw{{first: text1, payload: "last words"}, closing(4000, "bye")}, true))
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	require.NoError(t, theirs.(*net.TCPConn).CloseWrite()) // which makes writes fail
	err := c.Write(t.Context(), Text, nil)
	require.ErrorIs(t, err, syscall.EPIPE)
	require.Equal(t, err, c.Write(t.Context(), Text, nil))
	msg, err := c.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, "last words", string(msg.Data))
	_, err = c.Read(t.Context())
	require.Equal(t, &CloseError{Code: 4000, Reason: "bye", Remote: true}, err)
}

// A read deadline that somebody else sets is no end of the connection.
func TestStrangeDeadline(t *testing.T) {
	client, server := pair(t, Options{}, 0)
	require.NoError(t, server.conn.SetReadDeadline(time.Unix(1, 0)))
	go client.Write(t.Context(), Text, []byte("x"))
	msg, err := server.Read(t.Context())
	require.NoError(t, err)
	require.Equal(t, "x", string(msg.Data))
	assert.True(t, timedOut(os.ErrDeadlineExceeded))
}

// Small messages allocate nothing on either side.
func TestAllocations(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	for _, bits := range []int{0, 15} {
		client, server := pair(t, Options{}, bits)
		data := make([]byte, 64)
		got := testing.AllocsPerRun(200, func() {
			if client.Write(t.Context(), Binary, data) != nil {
				t.Error("Write failed")
			}
			if _, err := server.Read(t.Context()); err != nil {
				t.Error(err)
			}
		})
		assert.LessOrEqual(t, got, 0.5)
	}
}
