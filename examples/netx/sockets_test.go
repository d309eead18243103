//go:build unix && !aix

package netx

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// sockets are the programs over TCP without HTTP.
func sockets(t *testing.T) []programs.Program {
	list := []programs.Program{
		{Name: "tcpserver", Serve: greeted, Order: connections, Stdout: strings.Repeat("Connection\n", 53) + strings.Repeat("Received Hello, Server\n", 51) + "Received two\\nlines\nWaiting for a connection...\n"},
		{Name: "tcpclient", Args: "-addr localhost:1", Stderr: "connection refused", Status: 1},
		{Name: "udp", Stdout: "one: 1 word\ntwo words: 2 words\nhang: no answer\nstill here: 2 words\n", Stderr: "hang: "},
		{Name: "killable", Stdout: "hang: killed at its deadline\ncrash: died alone\neat: stopped at its limit of memory\n100 answers, the last one: 99 words\n", Stderr: "crash: "},
	}
	if addr := pythonServer(t, "tcpserver.py", "12345"); addr != "" {
		list = append(list, programs.Program{Name: "tcpclient", Args: "-addr " + addr, Stdout: "Received Hello, Client\n"})
	}
	// The last one serves many clients.
	return append(list, programs.Program{Name: "tcpclient", Args: "-addr " + pieces(t, "Hello, Client"), Stdout: "Received Hello, Client\n"})
}

// connections is an Order: lines may come in any order, and connections from anywhere.
func connections(text string) any {
	return programs.Sorted(regexp.MustCompile(`(?m)^Connection from .*$`).ReplaceAllString(text, "Connection"))
}

// greeted talks to a server that answers each read.
func greeted(t *testing.T, addr string) {
	t.Run("the Python client", func(t *testing.T) {
		if havePython(t) {
			require.Equal(t, "Received Hello, Client\n", python(t, "tcpclient.py", "12345", addr))
			return
		}
		client := dial(t, addr)
		_, err := io.WriteString(client, "Hello, Server")
		require.NoError(t, err)
		_, err = io.ReadFull(client, make([]byte, 13))
		require.NoError(t, err)
	})
	clients := make([]net.Conn, 50)
	for i := range clients {
		clients[i] = dial(t, addr)
	}
	for _, client := range clients { // none waits for another
		_, err := io.WriteString(client, "Hello, Server")
		require.NoError(t, err)
	}
	for _, client := range clients {
		answer := make([]byte, len("Hello, Client"))
		_, err := io.ReadFull(client, answer)
		require.NoError(t, err)
		assert.Equal(t, "Hello, Client", string(answer))
	}
	for _, client := range clients[1:] {
		client.Close()
	}
	silent := dial(t, addr)
	require.NoError(t, silent.(*net.TCPConn).CloseWrite())
	got, err := io.ReadAll(silent)
	require.NoError(t, err)
	assert.Empty(t, got)
	lines := dial(t, addr)
	_, err = io.WriteString(lines, "two\nlines")
	require.NoError(t, err)
	_, err = io.ReadFull(lines, make([]byte, 5))
	require.NoError(t, err)
	// This one and clients[0] are there when the server ends.
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	client, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, client.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { client.Close() })
	return client
}

// pieces serves clients: it reads something, and sends text byte by byte.
func pieces(t *testing.T, text string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.Read(make([]byte, 100))
				for i := range text {
					if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
						return
					}
				}
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return listener.Addr().String()
}
