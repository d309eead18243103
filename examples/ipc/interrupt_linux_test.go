package ipc

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// An interrupt ends a program that takes its time, at once and not as if it had done its
// work, with what it knows by then, and nothing is left behind.
func TestInterrupt(t *testing.T) {
	bin := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./storm", "./sandbox", "./ratelimit").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, c := range []struct {
		name, args string
		status     int
		check      func(stdout string)
	}{
		{"storm", "-v", 130, func(stdout string) {
			require.Equal(t, "lost 0, doubled 0, unexplained 0, late 0, left 0\n", losses(stdout))
		}},
		{"storm", "-v -shared", 130, func(stdout string) {
			require.Equal(t, "lost 0, doubled 0, unexplained 0, late 0, left 0\n", losses(stdout))
		}},
		{"ratelimit", "-rate 10", 130, func(stdout string) { require.Empty(t, stdout) }},
		{"sandbox", "-workers=2", 130, func(stdout string) { require.Empty(t, stdout) }},
	} {
		t.Run(c.name+" "+c.args, func(t *testing.T) {
			temp := t.TempDir()
			cmd := exec.CommandContext(t.Context(), filepath.Join(bin, c.name), strings.Fields(c.args)...)
			cmd.Env = append(os.Environ(), "TMPDIR="+temp)
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			stderr, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			said := bufio.NewReader(stderr)
			line, err := said.ReadString('\n') // it is busy, and has more to do
			require.NoError(t, err, line)
			require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
			_, err = said.WriteTo(new(bytes.Buffer))
			require.NoError(t, err)
			_ = cmd.Wait()
			require.Equal(t, c.status, cmd.ProcessState.ExitCode(), "%s", line)
			c.check(stdout.String())
			left, err := os.ReadDir(temp)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}
