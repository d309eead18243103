//go:build unix && !aix

package programs

import (
	"bufio"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func init() {
	servers = append(servers, Program{Name: "chat", Serve: func(t *testing.T, addr string) {
		conn, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		defer conn.Close()
		line, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "What is your name?\n", line)
	}})
}
