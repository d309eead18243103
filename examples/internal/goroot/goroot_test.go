package goroot

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestSources(t *testing.T) {
	require.True(t, isDir(filepath.Join(Sources(t.Context()), "fmt")))
	t.Setenv("PATH", "")
	require.Equal(t, ".", Sources(t.Context()), "without a go command")
}

func TestSourcesOfModule(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the go command of this test is a shell script")
	}
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\nprintf '/nowhere\\n/some/module/go.mod\\n'\n"), 0o755))
	t.Setenv("PATH", bin)
	require.Equal(t, "/some/module", Sources(t.Context()))
}
