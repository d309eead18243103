package goroot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestSources(t *testing.T) {
	dir, err := Sources(t.Context())
	require.NoError(t, err)
	require.True(t, isDir(filepath.Join(dir, "fmt")))

	t.Setenv("PATH", "")
	_, err = Sources(t.Context())
	require.ErrorIs(t, err, exec.ErrNotFound)
	require.ErrorContains(t, err, "cannot find Go's sources: ")
}

// Without installed sources it is the module, and without a module nothing.
func TestSourcesOfModule(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the go command of this test is a shell script")
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	for gomod, want := range map[string]string{"/some/module/go.mod": "/some/module", os.DevNull: "", "": ""} {
		script := fmt.Sprintf("#!/bin/sh\nprintf '/nowhere\\n%s\\n'\n", gomod)
		require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
		dir, err := Sources(t.Context())
		require.Equal(t, want, dir)
		if want == "" {
			require.EqualError(t, err, "the sources of Go are not in /nowhere/src, and no module is around the working directory")
		}
	}
}
