package ws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/netx"
)

// drainable starts a server whose handlers can be told to come to an end.
func drainable(t *testing.T, h http.Handler) (url string, drain context.CancelFunc) {
	t.Helper()
	draining, drain := context.WithCancel(context.Background())
	t.Cleanup(drain)
	s := httptest.NewUnstartedServer(h)
	s.Config.BaseContext = func(net.Listener) context.Context { return netx.WithDraining(context.Background(), draining) }
	s.Start()
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http"), drain
}

// How a handler ends, what its client is told, and what OnError gets.
func TestHandlerEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(context.Context, *Conn) error
		code   Code
		told   func(error) bool // nil: nothing
	}{
		{"nil", func(context.Context, *Conn) error { return nil }, Normal, nil},
		{"an error", func(context.Context, *Conn) error { return errTest }, Internal, func(err error) bool { return err == errTest }},
		{"a panic", func(context.Context, *Conn) error { panic(errTest) }, Internal, func(err error) bool {
			e, ok := errors.AsType[*PanicError](err)
			return ok && e.Value == errTest && strings.Contains(string(e.Stack), "TestHandlerEnds")
		}},
		{"a panic that net/http has for it", func(context.Context, *Conn) error { panic(http.ErrAbortHandler) }, Internal, nil},
		{"Goexit", func(context.Context, *Conn) error { runtime.Goexit(); return nil }, Internal, func(err error) bool { return strings.Contains(err.Error(), "Goexit") }},
		{"its own Close", func(_ context.Context, c *Conn) error { return errors.Join(c.Close(4321, ""), errTest) }, 4321, func(err error) bool { return errors.Is(err, errTest) }},
		{"its own Close, and then Read", func(ctx context.Context, c *Conn) error {
			_ = c.Close(4321, "")
			_, err := c.Read(ctx)
			return err
		}, 4321, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			told := make(chan error, 1)
			contexts := make(chan context.Context, 1)
			url := serve(t, Handler(func(ctx context.Context, conn *Conn) error {
				contexts <- ctx
				return c.handle(ctx, conn)
			}, AcceptOptions{OnError: func(_ net.Addr, err error) { told <- err }}))
			conn := dialTo(t, url)
			_, err := conn.Read(t.Context())
			e, ok := errors.AsType[*CloseError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, &CloseError{Code: c.code, Remote: true}, e)
			<-(<-contexts).Done()
			if c.told != nil {
				err := <-told
				assert.True(t, c.told(err), "%v", err)
			}
			select {
			case err := <-told:
				t.Error(err)
			default:
			}
		})
	}
}

// The client's end is no error of the handler.
func TestHandlerClientEnds(t *testing.T) {
	url, _ := drainable(t, Handler(echo, AcceptOptions{OnError: failOn(t)}))
	for _, end := range []func(*Conn){
		func(c *Conn) { _ = c.Close(Normal, "") },
		func(c *Conn) { _ = c.Close(GoingAway, "") },
		func(c *Conn) { _ = c.Close(NoStatus, "") },
		func(c *Conn) { _ = c.CloseNow() },
		func(c *Conn) { c.conn.(*net.TCPConn).SetLinger(0); _ = c.CloseNow() },
	} {
		end(dialTo(t, url))
	}
}

// What a client does against the protocol is told.
func TestHandlerTellsOfViolations(t *testing.T) {
	told := make(chan error, 1)
	url := serve(t, Handler(echo, AcceptOptions{OnError: func(_ net.Addr, err error) { told <- err }}))
	_, conn, r := ask(t, url, strings.Replace(handshake, "Origin: http://example.com\n", "", 1), string(raw{first: cont1}.append(nil, true)))
	frames(&prefixed{conn, buffered(r)}, false)
	require.ErrorContains(t, <-told, "unexpected continuation")
}

// The context has the values of the request's, and ends with the connection.
func TestHandlerContext(t *testing.T) {
	type key struct{}
	for _, draining := range []bool{false, true} {
		contexts := make(chan context.Context)
		goOn := make(chan struct{})
		h := Handler(func(ctx context.Context, c *Conn) error {
			contexts <- ctx
			<-goOn
			return nil
		})
		with := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, 7)))
		})
		url, drain := drainable(t, with)
		if !draining {
			url = serve(t, with)
		}
		c := dialTo(t, url)
		ctx := <-contexts
		drained := netx.Draining(ctx)
		assert.Equal(t, 7, ctx.Value(key{}))
		assert.Equal(t, 7, drained.Value(key{}))
		assert.Nil(t, ctx.Value("nothing"))
		assert.Nil(t, drained.Value("nothing"))
		_, bounded := drained.Deadline()
		assert.False(t, bounded)
		child, cancel := context.WithCancel(ctx)
		grandchild, cancelOther := context.WithCancel(drained)
		assert.NoError(t, ctx.Err())
		assert.NoError(t, drained.Err())
		if draining {
			drain()
			<-drained.Done()
			<-grandchild.Done()
			assert.Error(t, drained.Err())
			assert.Equal(t, netx.ErrDraining, context.Cause(drained))
			assert.Equal(t, netx.ErrDraining, context.Cause(netx.Draining(ctx)))
			assert.NoError(t, ctx.Err())
			assert.NoError(t, child.Err())
		} else {
			assert.Equal(t, ctx, drained)
		}
		close(goOn)
		_, err := c.Read(t.Context())
		require.Error(t, err)
		<-ctx.Done()
		<-child.Done()
		<-drained.Done()
		assert.Equal(t, context.Canceled, ctx.Err())
		assert.Equal(t, context.Canceled, context.Cause(ctx))
		if draining {
			assert.Equal(t, netx.ErrDraining, context.Cause(drained))
		}
		cancel()
		cancelOther()
	}
	// One that is looked at only when all is over.
	down, shutDown := context.WithCancel(t.Context())
	defer shutDown()
	var servers drains
	h := newHandlerContext(netx.WithDraining(t.Context(), down), &Conn{}, &servers)
	d := netx.Draining(h)
	assert.Len(t, servers.servers, 1)
	h.end(errTest)
	h.end(nil)
	assert.Empty(t, servers.servers)
	shutDown()
	<-d.Done()
	assert.Equal(t, errTest, context.Cause(d))
	assert.Equal(t, errTest, context.Cause(h))
}

// The members of a drain, in any order of their ends.
func TestDrains(t *testing.T) {
	var servers drains
	down, shutDown := context.WithCancel(t.Context())
	defer shutDown()
	ctx := netx.WithDraining(t.Context(), down)
	var all []*handlerContext
	for range 20 {
		all = append(all, newHandlerContext(ctx, &Conn{}, &servers))
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for i, h := range all {
		n := 0
		for m := servers.servers[down.Done()].first; m != nil; m = m.next {
			n++
		}
		require.Equal(t, len(all)-i, n)
		h.end(nil)
	}
	require.Empty(t, servers.servers)
	newHandlerContext(t.Context(), &Conn{}, &servers)
	newHandlerContext(netx.WithDraining(t.Context(), context.Background()), &Conn{}, &servers)
	require.Empty(t, servers.servers)
}

// Idle connections end at once, with GoingAway.
func TestHandlerDrains(t *testing.T) {
	url, drain := drainable(t, Handler(func(ctx context.Context, c *Conn) error {
		return echo(netx.Draining(ctx), c)
	}, AcceptOptions{OnError: failOn(t)}))
	var conns []*Conn
	for range 5 {
		c := dialTo(t, url)
		require.NoError(t, c.Write(t.Context(), Text, []byte("x")))
		_, err := c.Read(t.Context())
		require.NoError(t, err)
		conns = append(conns, c)
	}
	drain()
	for _, c := range conns {
		_, err := c.Read(t.Context())
		require.Equal(t, &CloseError{Code: GoingAway, Remote: true}, err)
	}
	_, err := dialTo(t, url).Read(t.Context())
	require.Equal(t, &CloseError{Code: GoingAway, Remote: true}, err)
}

// Clients pipeline messages while the server drains at a random moment: each message is
// answered, or its client sees a clean end; no answer comes twice, none is halved, and those
// that come are the answers to the first messages.
func TestDrainStorm(t *testing.T) {
	for round := range effort.Times(30, 10, 300) {
		o := Options{Compress: round%2 == 0, CompressFrom: 100}
		var answered atomic.Int64
		url, drain := drainable(t, Handler(func(ctx context.Context, c *Conn) error {
			for msg, err := range c.All(netx.Draining(ctx)) {
				if err != nil {
					return err
				}
				if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
					return err
				}
				answered.Add(1)
			}
			return nil
		}, AcceptOptions{Options: o, OnError: failOn(t)}))
		var clients sync.WaitGroup
		var got atomic.Int64
		for range 4 {
			c := dialTo(t, url, DialOptions{Options: o})
			waiting, over := make(chan struct{}, 300), make(chan struct{}) // as many as are not answered
			clients.Go(func() {
				for i := 0; ; i++ {
					select {
					case waiting <- struct{}{}:
					case <-over:
						return
					}
					if err := c.Write(t.Context(), Text, stormMessage(i)); err != nil {
						return
					}
				}
			})
			clients.Go(func() {
				defer close(over)
				for i := 0; ; i++ {
					msg, err := c.Read(t.Context())
					if err != nil {
						if e, ok := errors.AsType[*CloseError](err); !ok || *e != (CloseError{Code: GoingAway, Remote: true}) {
							t.Errorf("round %d: %v", round, err)
						}
						return
					}
					if string(msg.Data) != string(stormMessage(i)) {
						t.Errorf("round %d: message %d is another one", round, i)
					}
					got.Add(1)
					<-waiting
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
		drain()
		clients.Wait()
		require.Equal(t, answered.Load(), got.Load(), "every answer arrives")
	}
}

func stormMessage(i int) []byte {
	return fmt.Append(nil, i, strings.Repeat(" storm", i*i%2000))
}
