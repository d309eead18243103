package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// The list has every program below this folder, and says what each does.
func TestList(t *testing.T) {
	programs, err := list(sources)
	require.NoError(t, err)
	var names, folders []string
	for _, p := range programs {
		names = append(names, p.name)
		require.NotEmpty(t, p.does, p.name)
		require.True(t, strings.HasSuffix(p.does, "."), "%s: %s", p.name, p.does)
	}
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if d.Name() == "testdata" {
			return fs.SkipDir
		}
		if dir := filepath.Dir(path); d.Name() == "main.go" && dir != "." {
			folders = append(folders, filepath.ToSlash(dir))
		}
		return err
	}))
	slices.Sort(names)
	slices.Sort(folders)
	require.Equal(t, folders, names)
}

// The program prints a line for each, and fails where it cannot.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "examples.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.CommandContext(t.Context(), program).Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "\nfunctional/map ")
	require.Contains(t, string(out), "\nRun one of them")

	out, err = exec.CommandContext(t.Context(), program, "x").CombinedOutput()
	require.ErrorContains(t, err, "exit status 2")
	require.Contains(t, string(out), `unexpected argument "x"`)

	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	cmd := exec.CommandContext(t.Context(), program)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &said
	require.ErrorContains(t, cmd.Run(), "exit status 1")
	require.Contains(t, said.String(), "no space left")
}
