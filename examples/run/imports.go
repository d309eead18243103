package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ours is the path of this module.
const ours = "github.com/fanfold/fanfold"

// missing returns the imports that a source lacks: find says what a name that is used like
// a package stands for, given what of it is used, or nothing.
func missing(source string, find func(name string, uses []string) string) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "snippet", source, parser.SkipObjectResolution)
	if file == nil {
		return nil, err // a source that cannot be parsed is the compiler's to complain about
	}
	undefined := map[token.Pos]bool{}
	check := types.Config{
		Importer: nothing{},
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok && strings.HasPrefix(e.Msg, "undefined: ") {
				undefined[e.Pos] = true
			}
		},
	}
	_, _ = check.Check("main", set, []*ast.File{file}, nil) // its errors were told
	uses := map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && undefined[id.Pos()] {
				uses[id.Name] = append(uses[id.Name], s.Sel.Name)
			}
		}
		return true
	})
	var imports []string
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		if found := find(name, uses[name]); found != "" {
			imports = append(imports, `"`+found+`"`)
		}
	}
	return imports, nil
}

// nothing is an importer that finds no package: what is imported needs no import.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, base(path))
	p.MarkComplete()
	return p, nil
}

// base is the name of a package with that path, by custom.
func base(importPath string) string {
	name := path.Base(importPath)
	if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
		return path.Base(path.Dir(importPath))
	}
	return name
}

// A shelf knows which packages there are.
type shelf struct {
	folders map[string]string   // of import paths
	byName  map[string][]string // import paths, those to be preferred first
}

// newShelf returns a shelf of the packages of this module and of the standard library.
func newShelf(root, goroot string) (*shelf, error) {
	s := &shelf{folders: map[string]string{}, byName: map[string][]string{}}
	if err := s.add(root, ours); err != nil {
		return nil, err
	}
	if err := s.add(filepath.Join(goroot, "src"), ""); err != nil {
		return nil, err
	}
	for _, paths := range s.byName {
		slices.SortStableFunc(paths, func(a, b string) int { return rank(a) - rank(b) })
	}
	return s, nil
}

// rank orders packages of one name: ours, newer versions, those that more programs use.
func rank(importPath string) int {
	switch {
	case strings.HasPrefix(importPath, ours):
		return 0
	case base(importPath) != path.Base(importPath):
		return 1
	case strings.HasPrefix(importPath, "html/"), strings.HasPrefix(importPath, "crypto/"), strings.HasPrefix(importPath, "go/"):
		return 3
	}
	return 2
}

// add adds the packages in and below a folder that a program can import.
func (s *shelf) add(root, prefix string) error {
	return filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := os.Stat(filepath.Join(file, "go.mod"))
			switch name := d.Name(); {
			case file == root:
			case name[0] == '.', name[0] == '_', nested == nil, slices.Contains([]string{"internal", "vendor", "testdata", "examples", "cmd", "builtin"}, name):
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(file, "_test.go") || filepath.Ext(file) != ".go" {
			return nil
		}
		folder := filepath.Dir(file)
		below, err := filepath.Rel(root, folder)
		if err != nil {
			return err
		}
		importPath := path.Join(prefix, filepath.ToSlash(below))
		if _, known := s.folders[importPath]; known || importPath == "." {
			return nil
		}
		if match, err := build.Default.MatchFile(folder, filepath.Base(file)); err == nil && match {
			s.folders[importPath] = folder
			s.byName[base(importPath)] = append(s.byName[base(importPath)], importPath)
		}
		return nil
	})
}

// find returns the package of that name which has all that is used of it, or the one to be
// preferred if none has, or nothing.
func (s *shelf) find(name string, uses []string) string {
	paths := s.byName[name]
	if len(paths) == 0 {
		return ""
	}
	for _, p := range paths {
		if len(paths) == 1 || s.has(p, uses) {
			return p
		}
	}
	return paths[0]
}

// has reports whether a package declares all names.
func (s *shelf) has(importPath string, names []string) bool {
	files, err := filepath.Glob(filepath.Join(s.folders[importPath], "*.go"))
	if err != nil {
		return false
	}
	left := map[string]bool{}
	for _, name := range names {
		left[name] = true
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					delete(left, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						delete(left, spec.Name.Name)
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							delete(left, id.Name)
						}
					}
				}
			}
		}
	}
	return len(left) == 0
}
