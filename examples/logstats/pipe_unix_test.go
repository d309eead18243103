//go:build unix

package main

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A named pipe is refused although no process writes to it.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	stdout, stderr, status := run(t, pipe, write(t, small))
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "logstats: open "+pipe+": not a regular file but a named pipe\n")
	require.Contains(t, stdout, "4 requests, ")
}
