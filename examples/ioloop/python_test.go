//go:build unix && !aix

package ioloop

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
// the same one. Without Python it skips the test.
func python(t *testing.T, name, port, addr string) string {
	t.Helper()
	if !havePython(t) {
		t.SkipNow()
	}
	cmd := pythonCommand(t, name, port, addr)
	out, err := cmd.Output()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// havePython reports whether there is a Python, and says so if not.
func havePython(t *testing.T) bool {
	_, err := exec.LookPath("python3")
	if err != nil {
		t.Log("no python3 on this machine")
	}
	return err == nil
}

// pythonCommand is the command of python.
func pythonCommand(t *testing.T, name, port, addr string) *exec.Cmd {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), port))
	_, own, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "python3", "-u", "-c", strings.Replace(string(text), port, own, 1))
	cmd.Stderr = os.Stderr
	return cmd
}
