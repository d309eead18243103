package frame_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx/frame"
)

func TestClient(t *testing.T) {
	s := serve(t, length4, func(_ context.Context, msg []byte) ([]byte, error) {
		return append([]byte("re: "), msg...), nil
	}, frame.ServeOptions{})
	client := frame.NewClient(s.dial(t, length4))
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range 50 {
				msg := fmt.Sprint(w, " ", i, strings.Repeat("x", w*i))
				got, err := client.Call(context.Background(), []byte(msg))
				assert.NoError(t, err)
				assert.Equal(t, "re: "+msg, string(got))
			}
		})
	}
	wg.Wait()
	require.NoError(t, client.Close())
	require.NoError(t, client.Close())
	_, err := client.Call(t.Context(), nil)
	assert.Equal(t, frame.ErrClosed, err)
	assert.ErrorIs(t, err, net.ErrClosed)
}

func TestClientCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		client, peer := frame.NewClient(frame.NewConn(near, frame.Lines())), frame.NewConn(far, frame.Lines())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Call(ctx, []byte("first")) // the peer does not even read
		assert.Equal(t, context.DeadlineExceeded, err)
		_, err = client.Call(ctx, []byte("never sent"))
		assert.Equal(t, context.DeadlineExceeded, err)
		go func() {
			for msg, err := range peer.All(context.Background()) {
				if err != nil {
					return
				}
				time.Sleep(time.Second)
				peer.Write(context.Background(), append([]byte("re: "), msg...))
			}
		}()
		got, err := client.Call(t.Context(), []byte("second"))
		require.NoError(t, err)
		assert.Equal(t, "re: second", string(got), "the answer to the first went nowhere")
		assert.NoError(t, client.Close())
		peer.Close()
	})
}

func TestClientEnds(t *testing.T) {
	cases := []struct {
		name string
		peer func(*frame.Conn)
		want error
	}{
		{"the server leaves", func(peer *frame.Conn) { peer.Close() }, io.EOF},
		{"within an answer", func(peer *frame.Conn) { io.WriteString(peer.NetConn(), "half"); peer.Close() }, io.ErrUnexpectedEOF},
		{"too many answers", func(peer *frame.Conn) { io.WriteString(peer.NetConn(), "1\n2\n3\n4\n") }, frame.ErrUnasked},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			near, far := net.Pipe()
			client, peer := frame.NewClient(frame.NewConn(near, frame.Lines())), frame.NewConn(far, frame.Lines())
			go func() {
				if _, err := peer.Read(context.Background()); err != nil {
					return
				}
				c.peer(peer)
			}()
			var err error
			for range 3 {
				if _, err = client.Call(t.Context(), []byte("question")); err != nil {
					break
				}
			}
			assert.ErrorIs(t, err, frame.ErrClosed)
			assert.ErrorIs(t, err, c.want)
			_, err = client.Call(t.Context(), nil)
			assert.ErrorIs(t, err, c.want, "it stays")
			client.Close()
			peer.Close()
		})
	}
}

// A server that has answered before it left has answered, also when the client finds out
// by a write.
func TestClientHasLastAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		oneWay := &oneWay{Conn: near}
		client, peer := frame.NewClient(frame.NewConn(oneWay, frame.Lines())), frame.NewConn(far, frame.Lines())
		first, second := make(chan string, 1), make(chan error, 1)
		go func() {
			got, err := client.Call(context.Background(), []byte("first"))
			first <- fmt.Sprint(string(got), err)
		}()
		_, err := peer.Read(t.Context())
		require.NoError(t, err)
		oneWay.broken.Store(true)
		go func() {
			_, err := client.Call(context.Background(), []byte("second"))
			second <- err
		}()
		synctest.Wait()
		_, err = client.Call(t.Context(), []byte("third"))
		assert.ErrorIs(t, err, errTest, "nothing more can be sent")
		require.NoError(t, peer.Write(t.Context(), []byte("answer")))
		assert.Equal(t, "answer<nil>", <-first)
		peer.Close()
		err = <-second
		assert.ErrorIs(t, err, frame.ErrClosed)
		assert.ErrorIs(t, err, io.EOF)
		client.Close()
	})
}

// oneWay is a connection whose writes fail from some time on.
type oneWay struct {
	net.Conn
	broken atomic.Bool
}

func (o *oneWay) Write(p []byte) (int, error) {
	if o.broken.Load() {
		return 0, errTest
	}
	return o.Conn.Write(p)
}

func TestClientRefuses(t *testing.T) {
	s := serve(t, frame.Lines(), echo, frame.ServeOptions{})
	client := frame.NewClient(s.dial(t, frame.Lines()))
	defer client.Close()
	_, err := client.Call(t.Context(), []byte("a\nb"))
	assert.Equal(t, frame.ErrUnfit, err)
	got, err := client.Call(t.Context(), []byte("ab"))
	require.NoError(t, err)
	assert.Equal(t, "ab", string(got))
}

// A server that answers nothing does not make the client grow for ever.
func TestClientBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		go io.Copy(io.Discard, far)
		client := frame.NewClient(frame.NewConn(near, frame.Lines()))
		for range 1024 {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { time.Sleep(time.Millisecond); cancel() }()
			_, err := client.Call(ctx, nil)
			require.Equal(t, context.Canceled, err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := client.Call(context.Background(), []byte("one more"))
			done <- err
		}()
		synctest.Wait()
		assert.Empty(t, done, "it waits for the answers of those that left")
		client.Close()
		assert.Equal(t, frame.ErrClosed, <-done)
		far.Close()
	})
}
