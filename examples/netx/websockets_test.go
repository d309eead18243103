//go:build unix && !aix

package netx

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
	"github.com/fanfold/fanfold/netx/ws"
)

// websockets are the programs over WebSocket.
func websockets(t *testing.T) []programs.Program {
	list := []programs.Program{
		{Name: "wsserver", Serve: echoed, Stderr: "a message of 1048577 bytes or more"},
		{Name: "wsclient", Args: "-addr localhost:1", Stderr: "connection refused", Status: 1},
		{Name: "chat", Args: "-queue 8", Serve: chatted, Stderr: "is too slow, and shown out"},
	}
	if addr := pythonEcho(t); addr != "" {
		list = append(list, programs.Program{Name: "wsclient", Args: "-addr " + addr, Stdout: "Received: Hello, World!\n"})
	}
	return append(list, programs.Program{Name: "wsclient", Args: "-addr " + echoes(t), Stdout: "Received: Hello, World!\n"})
}

// echoes is a server that sends back what it gets.
func echoes(t *testing.T) (addr string) {
	s := httptest.NewServer(ws.Handler(func(ctx context.Context, c *ws.Conn) error {
		for msg, err := range c.All(ctx) {
			if err != nil {
				return err
			}
			if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
				return err
			}
		}
		return nil
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// pythonEcho runs the tutorial's server until the test ends, and returns its address, or
// nothing without Python and its module.
func pythonEcho(t *testing.T) (addr string) {
	if !havePython(t, "websockets") {
		return ""
	}
	free, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	addr = free.Addr().String()
	require.NoError(t, free.Close())
	cmd := pythonCommand(t, "wsserver.py", "8765", addr)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	return addr
}

// visit connects to a server until the test ends.
func visit(t *testing.T, url string) *ws.Conn {
	t.Helper()
	transport := &http.Transport{}
	c, err := ws.Dial(t.Context(), url, ws.DialOptions{Client: &http.Client{Transport: transport}})
	require.NoError(t, err)
	t.Cleanup(func() {
		c.CloseNow()
		transport.CloseIdleConnections()
	})
	return c
}

// echoed talks to a server that sends back what it gets.
func echoed(t *testing.T, addr string) {
	t.Run("the Python client", func(t *testing.T) {
		require.Equal(t, "Received: Hello, World!\n", python(t, "wsclient.py", "8765", addr, "websockets"))
	})
	_, err := ws.Dial(t.Context(), "ws://"+addr, ws.DialOptions{Header: http.Header{"Origin": {"http://elsewhere.example"}}})
	require.ErrorContains(t, err, "403")
	large := visit(t, "ws://"+addr)
	require.NoError(t, large.Write(t.Context(), ws.Binary, make([]byte, 1<<20+1)))
	_, err = large.Read(t.Context())
	require.ErrorContains(t, err, "1009")
	clients := make([]*ws.Conn, 20) // that stay
	for i := range clients {
		clients[i] = visit(t, "ws://"+addr)
	}
	for _, c := range clients {
		require.NoError(t, c.Write(t.Context(), ws.Text, []byte("Hello")))
		msg, err := c.Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Hello", string(msg.Data))
	}
}

type chatLine struct {
	From int64
	Text string
	Here int
}

// chatted visits a chat: with two visitors who talk, and one who reads nothing.
func chatted(t *testing.T, addr string) {
	resp, err := http.Get("http://" + addr)
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	assert.Contains(t, string(page), "new WebSocket(")
	assert.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))

	url := "ws://" + addr + "/chat"
	first := visit(t, url)
	hear := func(c *ws.Conn) chatLine {
		line, err := ws.ReadJSON[chatLine](t.Context(), c)
		require.NoError(t, err)
		return line
	}
	require.Equal(t, chatLine{0, "somebody comes in", 1}, hear(first))
	second := visit(t, url)
	require.Equal(t, chatLine{0, "somebody comes in", 2}, hear(first))
	require.Equal(t, chatLine{0, "somebody comes in", 2}, hear(second))
	require.NoError(t, second.Write(t.Context(), ws.Text, []byte(" <b>Hello</b> ")))
	require.Equal(t, chatLine{2, "<b>Hello</b>", 2}, hear(first))
	require.Equal(t, chatLine{2, "<b>Hello</b>", 2}, hear(second))

	deaf(t, addr)
	require.Equal(t, 3, hear(first).Here)
	require.Equal(t, 3, hear(second).Here)
	long := []byte(strings.Repeat("blah ", 800))
	for shown := false; !shown; { // the system takes some of what the deaf one does not
		require.NoError(t, first.Write(t.Context(), ws.Text, long))
		for range 2 {
			line := hear(first)
			shown = shown || line.Here == 2
			require.Equal(t, line.From == 0, strings.HasPrefix(line.Text, "somebody"))
			require.Equal(t, line, hear(second))
			if line.From != 0 {
				break
			}
		}
	}
}

// deaf joins the chat and reads nothing any more.
func deaf(t *testing.T, addr string) {
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, err := d.DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: "+addr+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	require.NoError(t, err)
}
