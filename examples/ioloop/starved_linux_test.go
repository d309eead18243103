package ioloop

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that has no descriptor left for a client takes it when another one leaves.
func TestNoDescriptorLeft(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "epoll")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./epoll").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 20 && exec "$0" -addr localhost:0`, bin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)

	clients := dial(t, strings.TrimSpace(strings.TrimPrefix(line, "Serving on ")), 30)
	for _, client := range clients {
		send(t, client)
		acknowledged(t, client)
		require.NoError(t, client.Close())
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	require.Contains(t, stderr.String(), "too many open files")
	require.Less(t, strings.Count(stderr.String(), "\n"), 31, "it does not try again and again")
}
