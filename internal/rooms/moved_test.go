package rooms

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
)

// The CHANGELOG's block of replacements turns an old program into one that compiles and
// prints what it printed before.
func TestMoved(t *testing.T) {
	sed, err := exec.LookPath("sed")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("the replacements are written for GNU sed")
	}
	if effort.Race {
		t.Skip("it builds a program, and does nothing at once")
	}
	page, err := os.ReadFile("../../CHANGELOG.md")
	require.NoError(t, err)
	_, block, ok := strings.Cut(string(page), "```sed\n")
	require.True(t, ok, "the CHANGELOG has a block of replacements")
	block, _, _ = strings.Cut(block, "```")
	script := filepath.Join(t.TempDir(), "moved.sed")
	write(t, script, block)
	program, err := exec.CommandContext(t.Context(), sed, "-E", "-f", script, "testdata/before.go.txt").CombinedOutput()
	require.NoError(t, err, "%s", program)

	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	write(t, file, withImports(string(program)))
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "examples", "moved", "main.go"): file}})
	require.NoError(t, err)
	write(t, filepath.Join(dir, "overlay.json"), string(overlay))
	out := run(t, "../..", nil, "run", "-overlay="+filepath.Join(dir, "overlay.json"), "./examples/moved")
	want, err := os.ReadFile("testdata/before.out.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), string(out))
}

// withImports returns the program with the imports of our rooms that it needs, as
// goimports would.
func withImports(program string) string {
	ours := regexp.MustCompile(`(?m)^\t"` + module + `/.*\n`)
	program = ours.ReplaceAllString(program, "")
	var imports strings.Builder
	for _, path := range []string{"concurrent", "functional", "functional/memo", "functional/par", "functional/try", "ipc", "ipc/conn"} {
		if slices.Contains(regexp.MustCompile(`\b\w+\.`).FindAllString(program, -1), filepath.Base(path)+".") {
			imports.WriteString("\t\"" + module + "/" + path + "\"\n")
		}
	}
	return strings.Replace(program, "import (\n", "import (\n"+imports.String(), 1)
}
