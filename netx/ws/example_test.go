package ws_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/ws"
)

// serve starts a server and returns its URL.
func serve(h http.Handler) (url string, stop func()) {
	s := httptest.NewServer(h)
	return s.URL, s.Close
}

// echo is a handler that answers each message with the same one.
func echo(ctx context.Context, c *ws.Conn) error {
	for msg, err := range c.All(netx.Draining(ctx)) {
		if err != nil {
			return err
		}
		if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
			return err
		}
	}
	return nil
}

func Example() {
	url, stop := serve(ws.Handler(echo))
	defer stop()

	ctx := context.Background()
	c, err := ws.Dial(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Write(ctx, ws.Text, []byte("Hello, World!")); err != nil {
		fmt.Println(err)
	}
	msg, err := c.Read(ctx)
	fmt.Println(msg.Kind, string(msg.Data), err)
	fmt.Println(c.Close(ws.Normal, "done"))
	// Output:
	// text Hello, World! <nil>
	// <nil>
}

// Accept is for handlers that look at the request first.
func ExampleAccept() {
	url, stop := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := ws.Accept(w, r, ws.AcceptOptions{Origins: []string{"https://*.example.com"}})
		if err != nil {
			return // it was answered
		}
		defer c.Close(ws.Normal, "")
		_ = ws.WriteJSON(r.Context(), c, r.URL.Query())
	}))
	defer stop()

	ctx := context.Background()
	c, err := ws.Dial(ctx, url+"?room=7")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseNow()
	query, err := ws.ReadJSON[map[string][]string](ctx, c)
	fmt.Println(query, err)
	_, err = c.Read(ctx)
	fmt.Println(err)

	_, err = ws.Dial(ctx, url, ws.DialOptions{Header: http.Header{"Origin": {"https://evil.example"}}})
	fmt.Println(err)
	// Output:
	// map[room:[7]] <nil>
	// ws: closed by the other side: 1000 (normal)
	// ws: handshake: the server does not accept a WebSocket (status 403)
}

// A chat: what a member says goes to all.
func ExampleHub() {
	room := ws.NewHub(ws.HubOptions{OnSlow: func(c *ws.Conn) { fmt.Println(c.RemoteAddr(), "is too slow") }})
	url, stop := serve(ws.Handler(func(ctx context.Context, c *ws.Conn) error {
		defer room.Join(c)()
		room.Send(c, ws.Prepare(ws.Text, []byte("welcome")))
		for msg, err := range c.All(netx.Draining(ctx)) {
			if err != nil {
				return err
			}
			room.Broadcast(ws.Prepare(msg.Kind, msg.Data))
		}
		return nil
	}))
	defer stop()

	ctx := context.Background()
	var conns []*ws.Conn
	for range 3 {
		c, err := ws.Dial(ctx, url)
		if err != nil {
			fmt.Println(err)
			return
		}
		msg, err := c.Read(ctx)
		fmt.Println(string(msg.Data), err)
		conns = append(conns, c)
	}
	fmt.Println(conns[1].Write(ctx, ws.Text, []byte("Hello, all!")))
	for _, c := range conns {
		msg, err := c.Read(ctx)
		fmt.Println(string(msg.Data), err)
	}
	var leaving sync.WaitGroup
	for _, c := range conns {
		leaving.Go(func() {
			_, err := c.Read(ctx)
			if e, ok := err.(*ws.CloseError); !ok || e.Code != ws.Restart {
				fmt.Println(err)
			}
		})
	}
	room.Close(ws.Restart, "back in a minute")
	leaving.Wait()
	fmt.Println(room.Len())
	// Output:
	// welcome <nil>
	// welcome <nil>
	// welcome <nil>
	// <nil>
	// Hello, all! <nil>
	// Hello, all! <nil>
	// Hello, all! <nil>
	// 0
}

// A message that need not fit into memory, on either side.
func ExampleConn_Reader() {
	url, stop := serve(ws.Handler(func(ctx context.Context, c *ws.Conn) error {
		_, r, err := c.Reader(ctx)
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return err
		}
		return ws.WriteJSON(ctx, c, n)
	}, ws.AcceptOptions{Options: ws.Options{MaxMessage: -1}}))
	defer stop()

	ctx := context.Background()
	c, err := ws.Dial(ctx, url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseNow()
	w, err := c.Writer(ctx, ws.Binary)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 100 {
		if _, err := w.Write(make([]byte, 30_000)); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(w.Close())
	fmt.Println(ws.ReadJSON[int](ctx, c))
	// Output:
	// <nil>
	// 3000000 <nil>
}

// A protocol on a stream of bytes, carried by messages.
func ExampleNetConn() {
	url, stop := serve(ws.Handler(func(_ context.Context, c *ws.Conn) error {
		conn := ws.NetConn(c, ws.Binary)
		_, err := io.Copy(conn, conn)
		return err
	}))
	defer stop()

	c, err := ws.Dial(context.Background(), url)
	if err != nil {
		fmt.Println(err)
		return
	}
	conn := ws.NetConn(c, ws.Binary)
	fmt.Fprintln(conn, "one line")
	line := make([]byte, 9)
	_, err = io.ReadFull(conn, line)
	fmt.Printf("%q %v\n", line, err)
	fmt.Println(conn.Close())
	// Output:
	// "one line\n" <nil>
	// <nil>
}

// Both sides compress, if both want to.
func ExampleOptions() {
	o := ws.Options{Compress: true, MaxMessage: 64 << 10, Subprotocols: []string{"v2.example", "v1.example"}}
	url, stop := serve(ws.Handler(echo, ws.AcceptOptions{Options: o}))
	defer stop()

	ctx := context.Background()
	c, err := ws.Dial(ctx, url, ws.DialOptions{Options: o})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseNow()
	fmt.Println(c.Subprotocol())
	fmt.Println(c.Write(ctx, ws.Binary, make([]byte, 64<<10+1))) // some 100 bytes on the way
	_, err = c.Read(ctx)
	fmt.Println(err)
	// Output:
	// v2.example
	// <nil>
	// ws: closed by the other side: 1009 (message too large): "a message of 65537 bytes or more, where 65536 are allowed"
}

// One message for many connections, encoded once.
func ExamplePrepared() {
	news := ws.Prepare(ws.Text, []byte("the same for all"))
	url, stop := serve(ws.Handler(func(ctx context.Context, c *ws.Conn) error {
		return c.WritePrepared(ctx, news)
	}))
	defer stop()

	ctx := context.Background()
	for range 2 {
		c, err := ws.Dial(ctx, url)
		if err != nil {
			fmt.Println(err)
			return
		}
		for msg, err := range c.All(ctx) { // ends without an error: the server closes with Normal
			fmt.Println(string(msg.Data), err)
		}
	}
	fmt.Println(news.Len(), "bytes")
	// Output:
	// the same for all <nil>
	// the same for all <nil>
	// 16 bytes
}
