//go:build unix && !aix

package ioloop

import (
	"bufio"
	"io"
	"net"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// streams are a server that has Python's client, and a client that has Python's server, or
// one whose answers come in pieces.
func streams(t *testing.T) []programs.Program {
	list := []programs.Program{
		{Name: "streamserver", Serve: echoes, Order: ports, Stdout: "Received Hello, World! from 127.0.0.1:1\nReceived two\\nlines from 127.0.0.1:1\n"},
		{Name: "streamclient", Args: "-addr localhost:1", Stderr: "connection refused", Status: 1},
		{Name: "streamclient", Args: "-addr " + pieces(t), Stdout: "Received: Hello, World!\n"},
	}
	if addr := pythonServer(t); addr != "" {
		list = append(list, programs.Program{Name: "streamclient", Args: "-addr " + addr, Stdout: "Received: Hello, World!\n"})
	}
	return list
}

// echoes talks to a server that sends back what it gets.
func echoes(t *testing.T, addr string) {
	t.Run("the Python client", func(t *testing.T) {
		if havePython(t) {
			require.Equal(t, "Received: Hello, World!\n", python(t, "streamclient.py", "8888", addr))
			return
		}
		client := dial(t, addr, 1)[0]
		_, err := io.WriteString(client, "Hello, World!")
		require.NoError(t, err)
		_, err = io.ReadAll(client)
		require.NoError(t, err)
	})
	t.Run("a client that ends at once", func(t *testing.T) {
		client := dial(t, addr, 1)[0]
		require.NoError(t, client.(*net.TCPConn).CloseWrite())
		got, err := io.ReadAll(client)
		require.NoError(t, err)
		require.Empty(t, got)
	})
	client := dial(t, addr, 1)[0]
	_, err := io.WriteString(client, "two\nlines")
	require.NoError(t, err)
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "two\nlines", string(got))
}

// ports is an Order: ports are any.
func ports(text string) any {
	return regexp.MustCompile(`:\d+\n`).ReplaceAllString(text, ":1\n")
}

// pieces serves clients, and sends back each byte that it gets by itself.
func pieces(t *testing.T) (addr string) {
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
				io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, make([]byte, 1))
			}()
		}
	}()
	return listener.Addr().String()
}

// pythonServer runs Python's server until the test ends, and returns its address, or nothing if
// there is no Python.
func pythonServer(t *testing.T) (addr string) {
	if !havePython(t) {
		return ""
	}
	cmd := pythonCommand(t, "streamserver.py", "8888", "127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	found := regexp.MustCompile(`^Serving on \('127.0.0.1', (\d+)\)\n$`).FindStringSubmatch(line)
	require.NotNil(t, found, line)
	return "127.0.0.1:" + found[1]
}
