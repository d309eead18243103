package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/suite"
)

// repository returns the folder of the benchmarks in a repository with a commit.
func repository(t *testing.T) string {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(name, "") // so that it is restored
		os.Unsetenv(name)
	}
	root := t.TempDir()
	dir := filepath.Join(root, "benchmarks")
	for _, file := range []string{"lib.go", "benchmarks/README.md", "benchmarks/results/x.json", "benchmarks/x/x_test.go"} {
		write(t, filepath.Join(root, file))
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "all"},
	} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = root
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	return dir
}

func write(t *testing.T, file string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	require.NoError(t, err)
	_, err = f.WriteString("more\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestTree(t *testing.T) {
	dir := repository(t)
	commit, dirty, err := tree(t.Context(), dir)
	require.NoError(t, err)
	assert.Regexp(t, `^[0-9a-f]{7,}$`, commit)
	assert.Empty(t, dirty)

	// What the report writes does not count.
	for _, file := range []string{"README.md", "results/x.json", "results/y.md", "charts/x.svg"} {
		write(t, filepath.Join(dir, file))
	}
	_, dirty, err = tree(t.Context(), dir)
	require.NoError(t, err)
	assert.Empty(t, dirty)

	for _, file := range []string{"x/x_test.go", "x/new folder/README.md", "../lib.go", "../results/x.json"} {
		write(t, filepath.Join(dir, file))
	}
	_, dirty, err = tree(t.Context(), dir)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"benchmarks/x/x_test.go", "benchmarks/x/new folder/README.md", "lib.go", "results/x.json"}, dirty)
}

func TestNoTree(t *testing.T) {
	dir := repository(t)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "../.git")))
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(filepath.Dir(dir)))
	_, _, err := tree(t.Context(), dir)
	require.ErrorContains(t, err, "git rev-parse")
}

// Nothing is measured of a tree with changes, unless nothing is kept.
func TestTakeRefuses(t *testing.T) {
	dir := repository(t)
	write(t, filepath.Join(dir, "x/x_test.go"))
	t.Chdir(dir)
	err := take(t.Context(), suite.Suite{Pkg: "x"}, options{rounds: 1, benchtime: "1x"})
	var refused dirtyError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "benchmarks/x/x_test.go")

	err = take(t.Context(), suite.Suite{Pkg: "x"}, options{rounds: 1, benchtime: "1x", printOnly: true})
	require.ErrorContains(t, err, "building the benchmarks", "it tries to")
	assert.NotErrorAs(t, err, &refused)
	assert.NoFileExists(t, filepath.Join(dir, "results/x.md"))
}

func TestDirtyErrorNamesFiles(t *testing.T) {
	var files dirtyError
	for range shown + 2 {
		files = append(files, "a.go")
	}
	text := files.Error()
	assert.Contains(t, text, "-print")
	assert.Contains(t, text, "\n\ta.go")
	assert.Contains(t, text, "and 2 more")
}
