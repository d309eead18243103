//go:build unix

package regular

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// Nothing but a regular file is opened, and a pipe without a writer keeps no caller waiting.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file, pipe, missing := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "missing")
	require.NoError(t, os.WriteFile(file, []byte("text"), 0o600))
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))

	f, err := Open(file)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	for path, want := range map[string]string{
		pipe:       "not a regular file but a named pipe",
		dir:        "not a regular file but a folder",
		missing:    "no such file or directory",
		os.DevNull: "not a regular file but a device",
	} {
		_, err := Open(path)
		require.ErrorAs(t, err, new(*fs.PathError))
		require.ErrorContains(t, err, path+": "+want)
	}
}
