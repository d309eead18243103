package rooms

import (
	"archive/zip"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
)

// version is the pseudo version under which the proxy has the tree.
const version = "v0.0.0-20260102030405-0123456789ab"

// A consumer is a module that is empty but for a program that imports one room.
// It gets the room from a module proxy, and its go.mod then requires the library
// and the modules of the packages that the room links: nothing for the tests,
// nothing for another room.
func TestGoGet(t *testing.T) {
	if testing.Short() || effort.Race {
		t.Skip("it builds a program for each room, and does nothing at once")
	}
	env := consumerEnv(t)
	rooms := published(t)
	require.NotEmpty(t, rooms)
	for _, r := range rooms {
		t.Run(local(r.path), func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module example.com/consumer\n\ngo 1.26.0\n")
			write(t, filepath.Join(dir, "main.go"), "package main\n\nimport _ \""+r.path+"\"\n\nfunc main() {}\n")
			run(t, dir, env, "get", r.path+"@"+version)
			run(t, dir, env, "build", "-o", os.DevNull, ".")

			want := map[string]string{module: version}
			maps.Copy(want, r.modules)
			got := map[string]string{}
			for _, m := range goMod(t, dir).Require {
				got[m.Path] = m.Version
				assert.Equal(t, m.Path != module, m.Indirect, "whether %s is an indirect requirement", m.Path)
			}
			assert.Equal(t, want, got)
		})
	}
}

// A publicRoom is a package that programs outside of the module can import.
type publicRoom struct {
	path    string
	modules map[string]string // those that it links packages of, with versions
}

// published returns the public rooms, as the go command lists them.
func published(t *testing.T) (rooms []publicRoom) {
	t.Helper()
	type described struct {
		ImportPath, Name string
		Deps             []string
		Module           *struct {
			Path, Version string
			Main          bool
		}
	}
	var all []described
	out := run(t, "../..", nil, "list", "-deps", "-json=ImportPath,Name,Deps,Module", "./...")
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p described
		require.NoError(t, d.Decode(&p))
		all = append(all, p)
	}
	versions := map[string][2]string{} // module and version, by package
	for _, p := range all {
		if p.Module != nil && !p.Module.Main {
			versions[p.ImportPath] = [2]string{p.Module.Path, p.Module.Version}
		}
	}
	for _, p := range all {
		if p.Module == nil || !p.Module.Main || p.Name == "main" || hidden(p.ImportPath) {
			continue
		}
		r := publicRoom{p.ImportPath, map[string]string{}}
		for _, d := range p.Deps {
			if m, ok := versions[d]; ok {
				r.modules[m[0]] = m[1]
			}
		}
		rooms = append(rooms, r)
	}
	return rooms
}

// hidden reports whether a package is internal, or an example.
func hidden(path string) bool {
	path = local(path)
	return strings.HasPrefix(path, "examples/") || strings.Contains("/"+path+"/", "/internal/")
}

// consumerEnv returns the environment in which a consumer runs the go command:
// its proxies are one that has our tree, and the module cache of this machine,
// so that nothing is downloaded. It skips the test where the cache lacks a
// module that the library requires.
func consumerEnv(t *testing.T) []string {
	t.Helper()
	goEnv := func(name string) string { return strings.TrimSpace(string(run(t, "../..", nil, "env", name))) }
	cache := filepath.Join(goEnv("GOMODCACHE"), "cache", "download")
	for _, m := range goMod(t, "../..").Require {
		file := filepath.Join(cache, filepath.FromSlash(escaped(m.Path)), "@v", m.Version+".zip")
		if _, err := os.Stat(file); err != nil {
			t.Skipf("the module cache lacks %s, which the library requires: %v", m.Path, err)
		}
	}
	proxy := t.TempDir()
	publish(t, proxy)
	return []string{
		"GOPROXY=" + fileURL(proxy) + "," + fileURL(cache) + ",off",
		"GOMODCACHE=" + filepath.Join(t.TempDir(), "mod"),
		"GOCACHE=" + goEnv("GOCACHE"),
		"GOFLAGS=-mod=mod -modcacherw",
		"GOENV=off", "GOWORK=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOPRIVATE=", "GONOPROXY=none", "GOVCS=*:off",
	}
}

// fileURL returns the URL of a folder.
func fileURL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") { // C:/…
		dir = "/" + dir
	}
	return "file://" + dir
}

// escaped returns the path of a module as it stands in the names of files: !x for X.
func escaped(path string) string {
	var b strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// publish makes dir a module proxy that has the tree as the only version of the
// module, without the modules that are nested in it.
func publish(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir = filepath.Join(dir, filepath.FromSlash(module), "@v")
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	write(t, filepath.Join(dir, "list"), version+"\n")
	write(t, filepath.Join(dir, version+".mod"), string(mod))
	write(t, filepath.Join(dir, version+".info"), `{"Version":"`+version+`","Time":"2026-01-02T03:04:05Z"}`)

	f, err := os.Create(filepath.Join(dir, version+".zip"))
	require.NoError(t, err)
	w := zip.NewWriter(f)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if nested == nil || strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || d.Name() == ".git" {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		out, err := w.CreateHeader(&zip.FileHeader{Name: module + "@" + version + "/" + filepath.ToSlash(rel)}) // not compressed
		if err != nil {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		_, err = io.Copy(out, in)
		return err
	})
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, f.Close())
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}
