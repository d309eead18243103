//go:build unix && !aix

package ioloop

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// proxies are runs of a proxy: before a server that reads slowly and answers with all that it
// has read, and before none.
func proxies(t *testing.T) []programs.Program {
	upstream, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	t.Cleanup(func() { upstream.Close() })
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<19)
	serve := func(t *testing.T, addr string) {
		client := dial(t, addr, 1)[0].(*net.TCPConn)
		served := make(chan error, 1)
		go func() { served <- answer(upstream) }()
		sent := make(chan error, 1)
		go func() {
			_, err := client.Write(text)
			sent <- err
			client.CloseWrite()
		}()
		got, err := io.ReadAll(client)
		require.NoError(t, err)
		require.NoError(t, <-sent)
		require.NoError(t, <-served)
		require.True(t, bytes.Equal(text, got), "%d bytes of %d", len(got), len(text))
	}
	refused := func(t *testing.T, addr string) {
		_, err := io.ReadAll(dial(t, addr, 1)[0])
		require.ErrorContains(t, err, "connection reset")
	}
	return []programs.Program{
		{Name: "proxy", Args: "-to localhost:1", Serve: refused, Stderr: "connection refused"},
		{Name: "proxy", Args: "-to " + upstream.Addr().String(), Serve: serve},
	}
}

// answer reads what one client sends, in small pieces, and sends it back when it has all.
func answer(upstream net.Listener) error {
	conn, err := upstream.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	var all bytes.Buffer
	if _, err := io.CopyBuffer(struct{ io.Writer }{&all}, struct{ io.Reader }{conn}, make([]byte, 1024)); err != nil {
		return err
	}
	_, err = conn.Write(all.Bytes())
	return err
}
