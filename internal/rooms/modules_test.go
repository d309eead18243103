package rooms

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// requirements are the modules that the library or its tests may import directly. A
// program that imports the library has to trust each of them.
var requirements = []string{
	"github.com/gabriel-vasile/mimetype",
	"github.com/gobwas/httphead", // gobwas/ws has its types in its interface: extensions are parsed by it
	"github.com/gobwas/ws",
	"github.com/stretchr/testify",
	"golang.org/x/exp",
	"golang.org/x/sync",
	"golang.org/x/sys",
}

func TestRequirements(t *testing.T) {
	root := goMod(t, "../..")
	require.Equal(t, module, root.Module.Path)
	for _, r := range root.Require {
		if !r.Indirect {
			assert.Contains(t, requirements, r.Path, "what the root requires")
		}
	}
	assert.Empty(t, root.Replace, "importers do not see replace directives")
	assert.Empty(t, root.Tool, "importers pay for tool directives")
}

// A nested module is one for the sake of what it requires, but it is built and
// tested with the root that lies in the same commit.
func TestNestedModules(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, dir := range modules(t, root) {
		rel, err := filepath.Rel(root, dir)
		require.NoError(t, err)
		m := goMod(t, dir)
		assert.Equal(t, module+"/"+filepath.ToSlash(rel), m.Module.Path, "the module of %s/go.mod", rel)
		if m.requires(module) {
			assert.Equal(t, root, m.replacement(dir, module), "where %s/go.mod has %s", rel, module)
		}
	}
}

// A mod is what go mod edit -json prints.
type mod struct {
	Module  struct{ Path string }
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Replace []struct{ Old, New struct{ Path string } }
	Tool    []struct{ Path string }
}

func (m mod) requires(path string) bool {
	for _, r := range m.Require {
		if r.Path == path {
			return true
		}
	}
	return false
}

// replacement returns the folder that m, which lies in dir, replaces path with.
func (m mod) replacement(dir, path string) string {
	for _, r := range m.Replace {
		if r.Old.Path == path {
			return filepath.Join(dir, r.New.Path)
		}
	}
	return ""
}

func goMod(t *testing.T, dir string) (m mod) {
	t.Helper()
	require.NoError(t, json.Unmarshal(run(t, dir, nil, "mod", "edit", "-json"), &m))
	return m
}

// A listed package is what go list -json prints.
type listed struct {
	ImportPath                string
	Imports, Deps             []string
	TestImports, XTestImports []string
}

// list returns the packages of the root module with all they link on a system.
func list(t *testing.T, system string) (packages []listed) {
	t.Helper()
	out := run(t, "../..", []string{"GOOS=" + system}, "list", "-json=ImportPath,Imports,Deps,TestImports,XTestImports", "./...")
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listed
		require.NoError(t, d.Decode(&p))
		packages = append(packages, p)
	}
	return packages
}

// modules returns the folders of the modules nested in root. It visits every folder,
// so that a cached test result expires when a file changes: go test looks at what a
// test opens, not at what its children open.
func modules(t *testing.T, root string) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.Name() == "go.mod" && filepath.Dir(path) != root:
			dirs = append(dirs, filepath.Dir(path))
		}
		return nil
	})
	require.NoError(t, err)
	return dirs
}

// run returns what the go command prints in dir.
func run(t *testing.T, dir string, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s in %s:\n%s", strings.Join(args, " "), dir, &stderr)
	return out
}
