package rooms

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/proxy"
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

// A nested module is released without its replace directive, which users would not see, and
// then requires the library that was released beside it.
func TestGoGetNested(t *testing.T) {
	if testing.Short() || effort.Race {
		t.Skip("it does nothing at once")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	env := consumerEnv(t)
	ours := proxy.Proxy(strings.TrimPrefix(strings.Split(strings.TrimPrefix(env[0], "GOPROXY="), ",")[0], "file://"))
	if runtime.GOOS == "windows" {
		t.Skip("the proxy's folder is not taken from its URL")
	}
	for _, dir := range modules(t, root) {
		m := goMod(t, dir)
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		require.NoError(t, err)
		if m.requires(module) {
			edited := filepath.Join(t.TempDir(), "go.mod")
			write(t, edited, string(mod))
			run(t, filepath.Dir(edited), env, "mod", "edit", "-dropreplace="+module, "-require="+module+"@"+version, edited)
			mod, err = os.ReadFile(edited)
			require.NoError(t, err)
		}
		require.NoError(t, ours.Publish(proxy.Module{Path: m.Module.Path, Version: version, Folder: dir, Mod: mod}))
	}
	for _, dir := range modules(t, root) {
		m := goMod(t, dir)
		t.Run(local(m.Module.Path), func(t *testing.T) {
			consumer := t.TempDir()
			env := append(env[:len(env):len(env)], "GOMODCACHE="+filepath.Join(t.TempDir(), "mod"))
			write(t, filepath.Join(consumer, "go.mod"), "module example.com/consumer\n\ngo 1.26.0\n")
			run(t, consumer, env, "get", m.Module.Path+"@"+version)
			mod := goMod(t, consumer)
			require.NotEmpty(t, mod.Require)
			assert.Equal(t, m.Module.Path, mod.Require[0].Path)
			assert.Equal(t, version, mod.Require[0].Version)
			assert.Empty(t, mod.Replace)
			if m.requires(module) {
				assert.Equal(t, module+" "+version+"\n", string(run(t, consumer, env, "list", "-m", module)))
			}
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
		file := filepath.Join(cache, filepath.FromSlash(proxy.Escaped(m.Path)), "@v", m.Version+".zip")
		if _, err := os.Stat(file); err != nil {
			t.Skipf("the module cache lacks %s, which the library requires: %v", m.Path, err)
		}
	}
	ours := proxy.Proxy(t.TempDir())
	publish(t, ours)
	return []string{
		"GOPROXY=" + ours.URL() + "," + proxy.Proxy(cache).URL() + ",off",
		"GOMODCACHE=" + filepath.Join(t.TempDir(), "mod"),
		"GOCACHE=" + goEnv("GOCACHE"),
		"GOFLAGS=-mod=mod -modcacherw",
		"GOENV=off", "GOWORK=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOPRIVATE=", "GONOPROXY=none", "GOVCS=*:off",
	}
}

// publish makes dir a module proxy that has the tree as the only version of the
// module, without the modules that are nested in it.
func publish(t *testing.T, dir proxy.Proxy) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.NoError(t, dir.Publish(proxy.Module{Path: module, Version: version, Folder: root}))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
}
