package ipc

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/stretchr/testify/require"
)

// A handle that comes from another process is one of a process, whatever its name.
func TestCheckHandle(t *testing.T) {
	h, err := openHandle(os.Getpid(), "")
	require.NoError(t, err)
	defer h.Close()
	require.NoError(t, checkHandle(h.file))
	f, err := os.Create(filepath.Join(t.TempDir(), "pidfd"))
	require.NoError(t, err)
	defer f.Close()
	require.ErrorIs(t, checkHandle(f), link.ErrProtocol)
}
