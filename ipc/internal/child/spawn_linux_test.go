package child

import (
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Without /proc a program may not know where its own file is, and says so.
func TestExecutableWithoutProc(t *testing.T) {
	missing := t.TempDir() + "/proc/self/exe"
	unknown := func() (string, error) { return "", &fs.PathError{Op: "readlink", Path: missing, Err: fs.ErrNotExist} }
	_, err := executableOf(missing, unknown)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "is /proc mounted?")
	path, err := executableOf(missing, os.Executable)
	require.NoError(t, err)
	require.NotEmpty(t, path)
	path, err = executable()
	require.NoError(t, err)
	require.Equal(t, "/proc/self/exe", path)
}
