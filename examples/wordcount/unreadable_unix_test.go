//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// commandAsNobody is command without root's right to read everything.
func commandAsNobody(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, args...)
	if os.Getuid() == 0 {
		// The folder of a test binary is closed to others.
		self, err := os.ReadFile(cmd.Path)
		require.NoError(t, err)
		cmd.Path = filepath.Join(openDir(t), "wordcount")
		require.NoError(t, os.WriteFile(cmd.Path, self, 0o755))
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return cmd
}

// openDir returns a temporary folder that everybody may enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}

// What cannot be read is named, and the rest is counted.
func TestUnreadable(t *testing.T) {
	dir := openDir(t)
	folder, inside, locked := filepath.Join(dir, "folder"), filepath.Join(dir, "folder", "inside"), filepath.Join(dir, "locked")
	require.NoError(t, os.Mkdir(folder, 0o755))
	for path, text := range map[string]string{inside: "x", locked: "y", filepath.Join(dir, "open"): "a b"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	require.NoError(t, os.Chmod(locked, 0))
	require.NoError(t, os.Chmod(folder, 0))
	defer os.Chmod(folder, 0o755)
	for _, on := range []string{"loop", "goroutines", "processes", "all"} {
		t.Run(on, func(t *testing.T) {
			stdout, stderr, status := run(t, commandAsNobody(t, "-on", on, dir))
			require.Equal(t, 1, status)
			require.Equal(t, "1 a\n1 b\ntotal 2 words, 2 distinct, 1 files, 3 bytes\n", stdout)
			require.Contains(t, stderr, "wordcount: open "+folder+": permission denied\n")
			require.Contains(t, stderr, "wordcount: open "+locked+": permission denied\n")
			require.NotContains(t, stderr, "inside")
		})
	}
}

// A pipe in a folder is not a file: opening it would wait for ever.
func TestPipe(t *testing.T) {
	dir := tree(t, "file", "a")
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	stdout, stderr, status := run(t, command(t, "-on", "all", dir))
	require.Zero(t, status, stderr)
	require.Equal(t, "1 a\ntotal 1 words, 1 distinct, 1 files, 1 bytes\n", stdout)
}
