package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// The walk ends with a program that has what it got, and a module that says just that.
func TestWalk(t *testing.T) {
	if effort.Race {
		t.Skip("it runs the go command, and does nothing at once")
	}
	tmp := t.TempDir()
	program := filepath.Join(tmp, "simplemath.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.CommandContext(t.Context(), program, "-keep")
	var stdout, stderr bytes.Buffer
	cmd.Env = append(cmd.Environ(), "TMPDIR="+tmp, "TMP="+tmp)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s", &stdout, &stderr)
	for _, line := range []string{
		"--- PASS: TestAdd ", "--- PASS: ExampleSubtract ", "    Add returns a + b.\n",
		"Add(3, 4) = 7\nSubtract(10, 5) = 5\n[2 3 4] <nil>\n",
		"example.com/simplemath v0.1.0 [v0.1.1]\n", "Subtract(10, 5) = -5\n",
		"example.com/simplemath v0.1.1 (retracted) [v0.1.2]\n", "example.com/simplemath v0.1.0 v0.1.2\n",
	} {
		assert.Contains(t, stdout.String(), line)
	}
	assert.Equal(t, 2, strings.Count(stdout.String(), "Subtract(10, 5) = 5\n"))

	_, dir, ok := strings.Cut(strings.TrimSpace(stderr.String()), "the folder is ")
	require.True(t, ok, "%s", &stderr)
	mod, err := os.ReadFile(filepath.Join(dir, "calculator", "go.mod"))
	require.NoError(t, err)
	assert.Regexp(t, regexp.MustCompile(`^module example.com/calculator\n\ngo 1\.\d+(\.\d+)?\n\nrequire \(\n\texample.com/simplemath v0.1.2\n\tgithub.com/fanfold/fanfold v0.1.0\n\)\n`), string(mod))
	assert.NotContains(t, string(mod), "replace")
	sum, err := os.ReadFile(filepath.Join(dir, "calculator", "go.sum"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(sum)) {
		seen[strings.Fields(line)[0]] = true
	}
	assert.True(t, seen["example.com/simplemath"] && seen["github.com/fanfold/fanfold"], "%s", sum)
	ours, err := os.ReadFile("../../go.sum")
	require.NoError(t, err)
	for module := range seen {
		if module != simplemath && module != fanfold {
			assert.Contains(t, string(ours), module+" ", "a module that fanfold does not know")
		}
	}
}

// Without -keep nothing is left, also when nothing can be printed.
func TestNothingIsLeft(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	tmp := t.TempDir()
	program := filepath.Join(t.TempDir(), "simplemath.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.CommandContext(t.Context(), program)
	var stderr bytes.Buffer
	cmd.Env = append(cmd.Environ(), "TMPDIR="+tmp)
	cmd.Stdout, cmd.Stderr = full, &stderr
	require.Error(t, cmd.Run())
	assert.Contains(t, stderr.String(), "no space left on device")
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	assert.Empty(t, left)
}
