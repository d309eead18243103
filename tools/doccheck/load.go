package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// systems are those whose files are read. Together their build constraints select
// every file that a user of the project can meet.
var systems = []string{"linux", "darwin", "freebsd", "windows"}

// A pkg is a package's syntax: the union of its files over all systems.
type pkg struct {
	path  string // below the module's root, with slashes
	name  string
	fset  *token.FileSet
	files []*ast.File // without tests
	tests []*ast.File // of the package itself and of its external test package
}

// load returns the packages below root that users import, in the order of their
// paths. It leaves out nested modules, commands, and folders that the go command
// ignores.
func load(root string) ([]*pkg, error) {
	var packages []*pkg
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		if rel != "." && skip(dir, rel) {
			return filepath.SkipDir
		}
		p, err := parsePackage(dir)
		if err != nil {
			return err
		}
		if p != nil && p.name != "main" {
			p.path = filepath.ToSlash(rel)
			packages = append(packages, p)
		}
		return nil
	})
	return packages, err
}

// skip reports whether to leave out dir, which is rel below the root, and everything
// in it.
func skip(dir, rel string) bool {
	switch name := filepath.Base(dir); {
	case rel == "examples", name == "internal", name == "testdata", name == "vendor":
		return true
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"):
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil // a module of its own
}

// parsePackage returns the package in dir, or nil if there is none.
func parsePackage(dir string) (*pkg, error) {
	files, tests := map[string]bool{}, map[string]bool{}
	for _, system := range systems {
		ctx := build.Default
		ctx.GOOS = system
		b, err := ctx.ImportDir(dir, 0)
		if _, ok := errors.AsType[*build.NoGoError](err); ok {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Concat(b.GoFiles, b.CgoFiles) {
			files[name] = true
		}
		for _, name := range slices.Concat(b.TestGoFiles, b.XTestGoFiles) {
			tests[name] = true
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	p := &pkg{fset: token.NewFileSet()}
	var err error
	if p.files, err = p.parse(dir, files); err != nil {
		return nil, err
	}
	if p.tests, err = p.parse(dir, tests); err != nil {
		return nil, err
	}
	p.name = p.files[0].Name.Name
	return p, nil
}

// parse returns the named files of dir, sorted.
func (p *pkg) parse(dir string, names map[string]bool) ([]*ast.File, error) {
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f, err := parser.ParseFile(p.fset, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
