package ioloop

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// watches are runs of a program that tells its clients what happens in a folder.
func watches(t *testing.T) []programs.Program {
	dir := t.TempDir()
	serve := func(t *testing.T, addr string) {
		var clients []*bufio.Reader
		for _, client := range dial(t, addr, 3) {
			told := bufio.NewReader(client)
			clients = append(clients, told)
			line, err := told.ReadString('\n')
			require.NoError(t, err)
			require.Equal(t, "watching\n", line) // from now on
		}
		name, other := filepath.Join(dir, "a file"), filepath.Join(dir, "an\nother")
		require.NoError(t, os.WriteFile(name, []byte("text"), 0o600))
		require.NoError(t, os.Rename(name, other))
		require.NoError(t, os.Remove(other))
		want := "created a file\nwritten a file\nmoved away a file\nmoved here \"an\\nother\"\ndeleted \"an\\nother\"\n"
		for _, told := range clients {
			got := make([]byte, len(want))
			_, err := io.ReadFull(told, got)
			require.NoError(t, err)
			require.Equal(t, want, string(got))
		}
	}
	return []programs.Program{
		{Name: "watch", Args: "-dir /no/such/folder", Stderr: "watch /no/such/folder: no such file or directory", Status: 1},
		{Name: "watch", Args: "-dir " + dir, Serve: serve},
	}
}
