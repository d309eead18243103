package conformance

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx/ws"
)

// node returns a command that runs a program of node's with the module ws, which lies in a
// folder of NODE_PATH.
func node(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node on this machine")
	}
	if exec.CommandContext(t.Context(), "node", "-e", "require('ws')").Run() != nil {
		t.Skip("node finds no module ws: npm install ws, and set NODE_PATH to its folder")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"-e", program, "--"}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd
}

const nodeClient = `
const WebSocket = require('ws')
const [url, deflate] = process.argv.slice(1)
const texts = ['', 'Hello', 'κόσμε '.repeat(50000), Buffer.alloc(300000, 7), Buffer.from([255, 0])]
const socket = new WebSocket(url, ['v2', 'v1'], {perMessageDeflate: deflate == 'true' && {threshold: 0, serverMaxWindowBits: 10}})
let n = 0
socket.on('open', () => { socket.ping('are you there'); texts.forEach(t => socket.send(t)) })
socket.on('pong', data => console.log('pong', String(data)))
socket.on('message', (data, binary) => {
  if (binary == (typeof texts[n] == 'string') || Buffer.compare(data, Buffer.from(texts[n]))) throw new Error('message ' + n)
  if (++n == texts.length) {
    console.log(socket.protocol, socket.extensions)
    socket.close(4001, 'done')
  }
})
socket.on('close', code => console.log('close', code))
`

// The client of npm's ws, with and without compression in a small window.
func TestWebSocketNodeClient(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		t.Run(fmt.Sprint("deflate ", deflate), func(t *testing.T) {
			ended := make(chan error, 1)
			o := ws.Options{Compress: deflate, CompressFrom: 1, Subprotocols: []string{"v1"}}
			s := httptest.NewServer(ws.Handler(func(ctx context.Context, c *ws.Conn) error {
				for {
					msg, err := c.Read(ctx)
					if err == nil {
						err = c.Write(ctx, msg.Kind, msg.Data)
					}
					if err != nil {
						ended <- err
						return err
					}
				}
			}, ws.AcceptOptions{Options: o}))
			defer s.Close()
			out, err := node(t, nodeClient, "ws"+strings.TrimPrefix(s.URL, "http"), fmt.Sprint(deflate)).Output()
			require.NoError(t, err)
			extensions := ""
			if deflate {
				extensions = "permessage-deflate"
			}
			assert.Equal(t, "pong are you there\nv1 "+extensions+"\nclose 4001\n", string(out))
			assert.Equal(t, &ws.CloseError{Code: 4001, Reason: "done", Remote: true}, <-ended)
		})
	}
}

const nodeServer = `
const {WebSocketServer} = require('ws')
const server = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate: {threshold: 0, clientMaxWindowBits: 9}}, () => console.log(server.address().port))
server.on('connection', (socket, request) => {
  socket.on('message', (data, binary) => socket.send(data, {binary}))
  socket.on('close', (code, reason) => console.log('close', code, String(reason), socket.extensions))
})
`

// The server of npm's ws, which answers an offer of compression with a small window.
func TestWebSocketNodeServer(t *testing.T) {
	cmd := node(t, nodeServer)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	var port int
	_, err = fmt.Fscan(out, &port)
	require.NoError(t, err)
	for _, deflate := range []bool{false, true} {
		transport := &http.Transport{}
		c, err := ws.Dial(t.Context(), "ws://"+net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), ws.DialOptions{
			Options: ws.Options{Compress: deflate, CompressFrom: 1}, Client: &http.Client{Transport: transport},
		})
		require.NoError(t, err)
		for _, data := range [][]byte{nil, []byte("Hello"), []byte(strings.Repeat("κόσμε ", 50_000)), bytes.Repeat([]byte("0123456789"), 50_000)} {
			require.NoError(t, c.Write(t.Context(), ws.Text, data))
			msg, err := c.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, ws.Text, msg.Kind)
			require.True(t, bytes.Equal(data, msg.Data))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_, err = c.Read(ctx)
		cancel()
		require.Equal(t, context.DeadlineExceeded, err)
		require.NoError(t, c.Close(4002, "bye"))
		line := make([]byte, 100)
		n, err := out.Read(line)
		require.NoError(t, err)
		assert.Equal(t, "close 4002 bye "+map[bool]string{true: "permessage-deflate"}[deflate]+"\n", string(line[:n]))
		transport.CloseIdleConnections()
	}
}
