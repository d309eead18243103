package ioloop

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server that has no descriptor left for a client takes it when another one leaves.
func TestNoDescriptorLeft(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "epoll")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./epoll").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 20 && exec "$0" -addr localhost:0`, bin)
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	require.NoError(t, err)
	defer stderr.Close()
	cmd.Stderr = stderr
	told := func() string {
		text, err := os.ReadFile(stderr.Name())
		require.NoError(t, err)
		return string(text)
	}
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
	for deadline := time.Now().Add(time.Minute); !strings.Contains(told(), "too many open files"); time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "no client was refused: %s", told())
	}
	for _, client := range clients {
		send(t, client)
		acknowledged(t, client)
		require.NoError(t, client.Close())
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	require.Less(t, strings.Count(told(), "\n"), 31, "it does not try again and again")
}
