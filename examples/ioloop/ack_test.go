//go:build unix && !aix

package ioloop

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// acknowledges talks to a server that answers each chunk with ACK.
func acknowledges(t *testing.T, addr string) {
	t.Run("the Python client", func(t *testing.T) {
		require.Equal(t, "Received ACK\n", python(t, "tcpclient.py", "12345", addr))
	})
	t.Run("many clients", func(t *testing.T) {
		clients := dial(t, addr, 50)
		for _, client := range clients { // each waits for no other
			send(t, client)
		}
		for _, client := range clients {
			acknowledged(t, client)
		}
	})
	t.Run("a client that reads nothing", func(t *testing.T) {
		clients := dial(t, addr, 2)
		go io.Copy(clients[0], endless{}) // until it is closed
		for range 100 {
			send(t, clients[1])
			acknowledged(t, clients[1])
		}
	})
	t.Run("all answers after the last chunk", func(t *testing.T) {
		client := dial(t, addr, 1)[0].(*net.TCPConn)
		const length = 1 << 20
		go func() {
			io.WriteString(client, strings.Repeat("x", length))
			client.CloseWrite()
		}()
		answers, err := io.ReadAll(client)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(answers)/3, length/1024)
		require.Equal(t, strings.Repeat("ACK", len(answers)/3), string(answers))
	})
}

// refuses talks to a server whose descriptors are below 1024: it says that it serves no more
// clients, and goes on serving those that it has.
func refuses(t *testing.T, addr string) {
	acknowledges(t, addr)
	t.Run("clients from 1024 on", func(t *testing.T) {
		var limit unix.Rlimit
		require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
		if limit.Cur < 1500 {
			t.Skipf("no more than %d files may be open here", limit.Cur)
		}
		clients := dial(t, addr, 1024)
		_, err := clients[1023].Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		send(t, clients[0])
		acknowledged(t, clients[0])
	})
}

// dial connects some clients.
func dial(t *testing.T, addr string, n int) (clients []net.Conn) {
	t.Helper()
	for range n {
		client, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		require.NoError(t, client.SetDeadline(time.Now().Add(time.Minute)))
		t.Cleanup(func() { client.Close() })
		clients = append(clients, client)
	}
	return clients
}

func send(t *testing.T, client net.Conn) {
	t.Helper()
	_, err := io.WriteString(client, "a chunk")
	require.NoError(t, err)
}

func acknowledged(t *testing.T, client net.Conn) {
	t.Helper()
	answer := make([]byte, 3)
	_, err := io.ReadFull(client, answer)
	require.NoError(t, err)
	require.Equal(t, "ACK", string(answer))
}

// An endless reader has bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
