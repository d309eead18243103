package rooms

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// requirements are the modules that the library or its tests import directly.
// Whoever imports the library has to download and to trust each of them.
var requirements = []string{
	"github.com/gabriel-vasile/mimetype",
	"github.com/gobwas/ws",
	"github.com/stretchr/testify",
	"golang.org/x/exp",
	"golang.org/x/sync",
	"golang.org/x/sys",
}

func TestRequirements(t *testing.T) {
	root := goMod(t, "../..")
	if root.Module.Path != module {
		t.Fatalf("the root is module %s, want %s", root.Module.Path, module)
	}
	for _, r := range root.Require {
		if !r.Indirect && !slices.Contains(requirements, r.Path) {
			t.Errorf("the root requires %s", r.Path)
		}
	}
	if len(root.Replace) > 0 || len(root.Tool) > 0 {
		t.Error("the root has replace or tool directives; importers do not see the former and pay for the latter")
	}
}

// A nested module is one for the sake of what it requires, but it is built and
// tested with the root that lies in the same commit.
func TestNestedModules(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range modules(t, root) {
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		m := goMod(t, dir)
		if want := module + "/" + filepath.ToSlash(rel); m.Module.Path != want {
			t.Errorf("%s/go.mod is of module %s, want %s", rel, m.Module.Path, want)
		}
		if m.requires(module) && m.replacement(dir, module) != root {
			t.Errorf("%s/go.mod requires %s without a replace directive that leads to it", rel, module)
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
	if err := json.Unmarshal(run(t, dir, nil, "mod", "edit", "-json"), &m); err != nil {
		t.Fatal(err)
	}
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
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// modules returns the folders of the modules nested in root. That it visits
// every folder is also what makes a cached test result expire when a file
// changes: go test looks at what a test opens, not at what its children open.
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
	if err != nil {
		t.Fatal(err)
	}
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
	if err != nil {
		t.Fatalf("go %s in %s: %v\n%s", strings.Join(args, " "), dir, err, &stderr)
	}
	return out
}
