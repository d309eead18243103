//go:build unix && !aix

package netx

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// python runs a program of a Python tutorial, which lies in testdata as it stands there, and
// returns what it prints. Only its port becomes that of addr, so that no two tests need
// the same one. Without Python, or without a module that the program imports, it skips the
// test.
func python(t *testing.T, name, port, addr string, modules ...string) string {
	t.Helper()
	if !havePython(t, modules...) {
		t.SkipNow()
	}
	cmd := pythonCommand(t, name, port, addr)
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// havePython reports whether there is a Python with some modules, and says so if not.
func havePython(t *testing.T, modules ...string) bool {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Log("no python3 on this machine")
		return false
	}
	for _, module := range modules {
		if err := exec.CommandContext(t.Context(), "python3", "-c", "import "+module).Run(); err != nil {
			t.Logf("this machine's python3 lacks the module %s", module)
			return false
		}
	}
	return true
}

// pythonCommand is the command of python.
func pythonCommand(t *testing.T, name, port, addr string) *exec.Cmd {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.Contains(t, string(text), port)
	_, own, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "python3", "-u", "-c", strings.ReplaceAll(string(text), port, own))
	cmd.Stderr = os.Stderr
	return cmd
}

// pythonServer runs a server of Python's until the test ends, and returns its address, or
// nothing if there is no Python. The server serves one client, perhaps, so that it cannot
// be asked whether it is ready.
func pythonServer(t *testing.T, name, port string) (addr string) {
	t.Helper()
	if !havePython(t) {
		return ""
	}
	free, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	addr = free.Addr().String()
	require.NoError(t, free.Close())
	cmd := pythonCommand(t, name, port, addr)
	cmd.Stderr = nil // a server of http.server logs there
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	_, err = stdout.Read(make([]byte, 100)) // both listen before they print
	require.NoError(t, err)
	return addr
}
