package httpx_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/httpx"
)

// pipes is a listener for one end of a pipe.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// Time-outs and the grace are what they are said to be.
func TestServeTimes(t *testing.T) {
	cases := []struct {
		name    string
		send    string
		handler http.HandlerFunc
		drain   bool
		after   time.Duration // when the connection ends
		err     error
	}{
		{"no request", "", hello, false, 10 * time.Second, nil},
		{"half a header", "GET / HTTP/1.1\r\nHo", hello, false, 10 * time.Second, nil},
		{"a body that does not come", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", func(_ http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			assert.ErrorIs(t, err, httpx.ErrStall)
		}, false, time.Minute, nil},
		{"an answer that is not taken", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", func(w http.ResponseWriter, r *http.Request) {
			var err error
			for err == nil {
				_, err = w.Write(make([]byte, 1000))
			}
			assert.ErrorIs(t, err, httpx.ErrStall)
		}, false, time.Minute, nil},
		{"a handler that does not hear", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, true, 10 * time.Second, &netx.CutError{Conns: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				l := &pipes{conns: make(chan net.Conn, 1), done: make(chan struct{})}
				closed := make(chan time.Time, 10)
				l.conns <- &noted{far, closed}
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- httpx.Serve(ctx, l, c.handler) }()
				start := time.Now()
				if c.send != "" {
					_, err := io.WriteString(near, c.send)
					require.NoError(t, err)
				}
				synctest.Wait()
				if c.name != "an answer that is not taken" {
					go io.Copy(io.Discard, near)
				}
				if c.drain {
					stop()
				}
				assert.Equal(t, c.after, (<-closed).Sub(start))
				stop()
				assert.Equal(t, c.err, <-done)
				near.Close()
				time.Sleep(time.Second) // net/http lingers
			})
		})
	}
}

// noted is a connection that says when it is closed.
type noted struct {
	net.Conn
	closed chan<- time.Time
}

func (n *noted) Close() error {
	n.closed <- time.Now()
	return n.Conn.Close()
}
